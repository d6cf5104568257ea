package org.tombolo.peers;

import java.util.Map;
import org.tombolo.peers.Models.Model;

/// An engine. Inputs and parameters lie with it before the first step, and what a forward step
/// makes stays there; a step of training brings the loss back, a call goes from array to array.
/// Each method makes a step, and throws [UnsupportedOperationException] with the reason where the
/// engine cannot.
interface Peer {
  /// What each engine computes with: threads.
  int THREADS = 2;

  float RATE_SGD = 0.01f;
  float MOMENTUM = 0.9f;
  float RATE_ADAM = 0.001f;
  float BETA_1 = 0.9f;
  float BETA_2 = 0.999f;
  float EPSILON_ADAM = 1e-8f;

  /// Added to variances.
  float EPSILON = 1e-5f;

  /// How parameters follow their gradients.
  enum Training {
    /// With momentum.
    SGD,
    ADAM
  }

  /// Name and version.
  String version();

  Step forward(Model model) throws Exception;

  /// The model, a scalar, and its gradients in the image `x` and the weights of the convolution
  /// `conv`.
  Step gradients(Model loss) throws Exception;

  Step train(Model loss, Training training) throws Exception;

  /// From an array for the input `x` to an array, through memory that the engine may keep.
  Step call(Model model) throws Exception;

  /// What a model calls by this name.
  ///
  /// @throws IllegalArgumentException if there is none
  static <V> V named(Map<String, V> values, String name) {
    V value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "no \"%s\" in the model; there are %s".formatted(name, values.keySet()));
    }
    return value;
  }

  /// Something that is timed.
  interface Step {
    /// Once; it has ended when this returns.
    void run() throws Exception;

    /// The [digest][Numbers#digest] of what the last run made: of the result, of both gradients
    /// (summed), or the loss itself. Images count in the order `[n, channels, height, width]`.
    double digest() throws Exception;
  }
}
