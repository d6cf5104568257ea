package org.tombolo.onnx.lowering;

/// The body of a loop needs a value that only a run can tell; it is then lowered trip by trip.
final class NotStaticException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NotStaticException(String what) {
    super(what, null, false, false);
  }
}
