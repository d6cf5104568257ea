package org.tombolo.onnx.operators;

import org.tombolo.onnx.lowering.Registry;

/// All operators.
public final class Operators {
  private static final Registry ALL = define();

  private Operators() {}

  /// All operators that are known.
  public static Registry all() {
    return ALL;
  }

  private static Registry define() {
    Registry registry = new Registry();
    Elementwise.define(registry);
    Activations.define(registry);
    Constants.define(registry);
    Shapes.define(registry);
    Indexing.define(registry);
    Scattering.define(registry);
    Reductions.define(registry);
    Matrices.define(registry);
    Convolutions.define(registry);
    Pools.define(registry);
    Normalizations.define(registry);
    Recurrent.define(registry);
    Losses.define(registry);
    Resampling.define(registry);
    Boxes.define(registry);
    Randomness.define(registry);
    Control.define(registry);
    Quantization.define(registry);
    Attentions.define(registry);
    Signals.define(registry);
    Sampling.define(registry);
    Regions.define(registry);
    Sequences.define(registry);
    Texts.define(registry);
    return registry;
  }
}
