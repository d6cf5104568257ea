package org.tombolo.oracles;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;

/// What ONNX Runtime computes.
final class OnnxRuntimeSide {
  private OnnxRuntimeSide() {}

  /// All outputs, which are floats, by name.
  ///
  /// @param inputs floats and whole numbers of 64 bits
  static Map<String, Tensor> run(byte[] model, Map<String, Tensor> inputs) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    Map<String, OnnxTensor> fed = new LinkedHashMap<>();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(2);
      try (OrtSession session = environment.createSession(model, options)) {
        for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
          fed.put(input.getKey(), tensor(environment, input.getValue()));
        }
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        try (OrtSession.Result results = session.run(fed)) {
          for (var result : results) {
            OnnxTensor tensor = (OnnxTensor) result.getValue();
            FloatBuffer buffer = tensor.getFloatBuffer();
            float[] values = new float[buffer.remaining()];
            buffer.get(values);
            outputs.put(result.getKey(), Tensor.of(values, tensor.getInfo().getShape()));
          }
        }
        return outputs;
      }
    } finally {
      fed.values().forEach(OnnxTensor::close);
    }
  }

  private static OnnxTensor tensor(OrtEnvironment environment, Tensor tensor) throws OrtException {
    List<Long> extents = tensor.shape().toList();
    long[] shape = extents.stream().mapToLong(Long::longValue).toArray();
    return tensor.type().dtype() == DType.I64
        ? OnnxTensor.createTensor(
            environment,
            LongBuffer.wrap(
                LongStream.range(0, tensor.type().size()).map(tensor::longAt).toArray()),
            shape)
        : OnnxTensor.createTensor(environment, FloatBuffer.wrap(tensor.toFloats()), shape);
  }
}
