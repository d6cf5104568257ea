package org.tombolo.nn.zoo;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.tombolo.device.simulated.SimulatedMachine;
import org.tombolo.graph.Op;
import org.tombolo.nn.Network;
import org.tombolo.nn.Optimizer;

/// Networks known by name: `Architecture.named("resnet-18")`.
public enum Architecture {
  /// Three dense layers.
  MLP,
  /// LeNet-5 with 28x28 bytes.
  LENET,
  /// Residual convolutions: 18 layers in four stages.
  RESNET_18,
  /// Inverted residuals, convolutions of single channels.
  MOBILENET_V2,
  /// Two recurrent layers, unrolled.
  LSTM,
  /// Transformer that sees both ways.
  BERT,
  /// Transformer that looks back.
  GPT,
  /// Down and up again with shortcuts; accelerators lack its maximum pooling.
  U_NET,
  /// Recommender whose table is larger than an accelerator.
  EMBEDDING,
  /// Transformer with several experts in each block, one for each token.
  MIXTURE_OF_EXPERTS;

  /// How large a network is.
  public enum Size {
    /// As published, or so small a variant as its authors trained; batches of 4 to 256.
    FULL,
    /// The same structure with the fewest channels and the smallest images that it allows, so that
    /// even the reference computes it.
    SMALL
  }

  /// The network of that name.
  ///
  /// @throws IllegalArgumentException if there is none
  public static Architecture named(String name) {
    return Arrays.stream(values())
        .filter(each -> each.toString().equals(name.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "architecture %s: not known; there are %s\n  try: mlp"
                    .formatted(
                        name,
                        Arrays.stream(values())
                            .map(Architecture::toString)
                            .collect(Collectors.joining(", ")))));
  }

  /// The network at a size.
  public Network network(Size size) {
    boolean full = size == Size.FULL;
    return switch (this) {
      case MLP -> full ? Perceptron.of(32, 784, 512) : Perceptron.of(4, 20, 8);
      case LENET -> LeNet.of(full ? 32 : 2);
      case RESNET_18 -> full ? ResNet18.of(4, 224, 64, 1000) : ResNet18.of(2, 32, 2, 10);
      case MOBILENET_V2 -> full ? MobileNetV2.of(4, 224, 1, 1000) : MobileNetV2.of(4, 32, 8, 10);
      case LSTM -> full ? LstmClassifier.of(32, 16, 20_000, 128) : LstmClassifier.of(2, 4, 20, 6);
      case BERT -> Transformers.bert(transformer(full));
      case GPT -> Transformers.gpt(transformer(full));
      case U_NET -> full ? UNet.of(4, 128, 32, 4, 2) : UNet.of(1, 16, 2, 4, 2);
      case EMBEDDING ->
          full
              ? Recommender.of(256, 64, 500_000, 10_000, 1000, 100)
              : Recommender.of(4, 8, 600, 20, 10, 5);
      case MIXTURE_OF_EXPERTS ->
          SwitchTransformer.of(transformer(full), full ? 8 : 3, full ? 64 : 3);
    };
  }

  private static Transformers.Size transformer(boolean full) {
    return full
        ? new Transformers.Size(8, 64, 8192, 256, 4, 4)
        : new Transformers.Size(1, 6, 12, 8, 2, 2);
  }

  /// What it is usually trained with.
  public Optimizer optimizer() {
    return switch (this) {
      case MLP, LENET, LSTM, BERT, GPT, U_NET, MIXTURE_OF_EXPERTS -> Optimizer.Adam.withRate(0.001);
      case RESNET_18, MOBILENET_V2 -> Optimizer.Sgd.withRate(0.01).momentum(0.9);
      case EMBEDDING -> Optimizer.Sgd.withRate(0.01);
    };
  }

  /// A machine that makes its case: for [#U_NET] accelerators without windows, for [#EMBEDDING]
  /// accelerators with less memory than the table takes.
  ///
  /// @param devices how many devices it has
  /// @param size of the network that is planned for
  public SimulatedMachine machine(int devices, Size size) {
    SimulatedMachine machine = SimulatedMachine.of(devices);
    return switch (this) {
      case U_NET ->
          machine.refusing(op ->
              op instanceof Op.ReduceWindow || op instanceof Op.WindowMaxGrad
                  ? Optional.of("no windows")
                  : Optional.empty());
      case EMBEDDING ->
          machine.withAcceleratorBytes(OptionalLong.of(size == Size.FULL ? 96L << 20 : 14L << 10));
      case MLP, LENET, RESNET_18, MOBILENET_V2, LSTM, BERT, GPT, MIXTURE_OF_EXPERTS -> machine;
    };
  }

  /// The name on the command line, such as `resnet-18`.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
