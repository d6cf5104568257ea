package org.tombolo.onnx.lowering;

import java.util.List;

/// What an operator means.
@FunctionalInterface
public interface Operator {

  /// The outputs of a call, as many as the operator can give at most or fewer.
  ///
  /// @throws org.tombolo.onnx.model.OnnxException if the call is not as the operator needs it
  List<? extends Value> apply(Call call);
}
