package org.tombolo.onnx.export;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Runs models with ONNX Runtime.
final class Others {
  private Others() {}

  /// The outputs by name.
  ///
  /// @throws OrtException if the runtime refuses the model or fails
  static Map<String, Tensor> run(Path model, Map<String, Tensor> inputs) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      try (OrtSession session = environment.createSession(model.toString(), options)) {
        Map<String, OnnxTensor> fed = new LinkedHashMap<>();
        try {
          for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
            fed.put(input.getKey(), theirs(environment, input.getValue()));
          }
          Map<String, Tensor> out = new LinkedHashMap<>();
          try (OrtSession.Result result = session.run(fed)) {
            for (Map.Entry<String, OnnxValue> each : result) {
              out.put(each.getKey(), ours((OnnxTensor) each.getValue()));
            }
          }
          return out;
        } finally {
          fed.values().forEach(OnnxTensor::close);
        }
      }
    }
  }

  private static OnnxTensor theirs(OrtEnvironment environment, Tensor tensor) throws OrtException {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect((int) tensor.type().bytes()).order(ByteOrder.nativeOrder());
    MemorySegment.ofBuffer(bytes).copyFrom(tensor.data());
    return OnnxTensor.createTensor(
        environment, bytes, tensor.shape().toArray(), type(tensor.type().dtype()));
  }

  private static OnnxJavaType type(DType dtype) {
    return switch (dtype) {
      case F32 -> OnnxJavaType.FLOAT;
      case F16 -> OnnxJavaType.FLOAT16;
      case BF16 -> OnnxJavaType.BFLOAT16;
      case F64 -> OnnxJavaType.DOUBLE;
      case I8 -> OnnxJavaType.INT8;
      case U8 -> OnnxJavaType.UINT8;
      case I16 -> OnnxJavaType.INT16;
      case I32 -> OnnxJavaType.INT32;
      case I64 -> OnnxJavaType.INT64;
      case BOOL -> OnnxJavaType.BOOL;
    };
  }

  private static Tensor ours(OnnxTensor tensor) {
    TensorInfo info = tensor.getInfo();
    for (DType dtype : DType.values()) {
      if (type(dtype) == info.type) {
        TensorType type = new TensorType(dtype, Shape.of(info.getShape()));
        MemorySegment data = Tensor.allocate(type);
        if (type.bytes() > 0) {
          data.copyFrom(MemorySegment.ofBuffer(tensor.getByteBuffer()));
        }
        return Tensor.wrap(type, data);
      }
    }
    throw new AssertionError(info);
  }
}
