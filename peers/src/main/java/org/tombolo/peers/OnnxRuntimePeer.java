package org.tombolo.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tombolo.peers.Models.Model;
import org.tombolo.peers.Numbers.Spread;

/// ONNX Runtime, which infers alone.
final class OnnxRuntimePeer implements Peer {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();

  static UnsupportedOperationException noTraining() {
    return new UnsupportedOperationException("inference only");
  }

  @Override
  public String version() {
    return "ONNX Runtime " + environment.getVersion();
  }

  private OrtSession session(byte[] model) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(THREADS);
    options.setInterOpNumThreads(1);
    options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
    return environment.createSession(model, options);
  }

  private OnnxTensor tensor(FloatBuffer values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(environment, values, shape);
  }

  private static FloatBuffer direct(float[] values) {
    FloatBuffer buffer =
        ByteBuffer.allocateDirect(4 * values.length).order(ByteOrder.nativeOrder()).asFloatBuffer();
    return buffer.put(values).flip();
  }

  private static float[] values(OnnxValue value) {
    FloatBuffer buffer = ((OnnxTensor) value).getFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  @Override
  public Step forward(Model model) throws OrtException {
    OnnxRuntimeOps ops = new OnnxRuntimeOps();
    OrtSession session = session(ops.model(model.build(ops)));
    Map<String, OnnxTensor> fed = new HashMap<>();
    for (var input : ops.inputs.entrySet()) {
      float[] values = Numbers.of(input.getKey(), Spread.UNIT, input.getValue());
      fed.put(input.getKey(), tensor(direct(values), input.getValue()));
    }
    return new Step() {
      private OrtSession.@Nullable Result last;

      @Override
      public void run() throws OrtException {
        if (last != null) {
          last.close();
        }
        last = session.run(fed);
      }

      @Override
      public double digest() {
        return last == null ? Double.NaN : Numbers.digest(values(last.get(0)));
      }
    };
  }

  @Override
  public Step gradients(Model loss) {
    throw noTraining();
  }

  @Override
  public Step train(Model loss, Training training) {
    throw noTraining();
  }

  /// Operand and result are bound to memory, which is the fastest way that it offers.
  @Override
  public Step call(Model model) throws OrtException {
    OnnxRuntimeOps ops = new OnnxRuntimeOps();
    String output = model.build(ops);
    OrtSession session = session(ops.model(output));
    float[] x = Numbers.of("x", Spread.UNIT, 1, 784);
    float[] y = new float[10];
    FloatBuffer in = direct(x);
    FloatBuffer out = direct(y);
    Map<String, OnnxTensor> fed = Map.of("x", tensor(in, 1, x.length));
    Map<String, OnnxValue> made = Map.of(output, tensor(out, 1, y.length));
    return new Step() {
      @Override
      public void run() throws OrtException {
        in.put(0, x);
        try (OrtSession.Result _ = session.run(fed, Set.of(), made)) {
          out.get(0, y);
        }
      }

      @Override
      public double digest() {
        return Numbers.digest(y);
      }
    };
  }
}
