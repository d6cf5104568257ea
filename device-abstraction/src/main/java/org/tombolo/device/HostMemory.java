package org.tombolo.device;

/// How long the caller of an upload leaves its bytes alone.
public enum HostMemory {
  /// Only while the call lasts: the queue copies what it still needs.
  VALID_DURING_CALL,
  /// Until the event of the upload is done.
  VALID_UNTIL_EVENT
}
