package org.tombolo.opencl.contraction;

import java.util.List;
import java.util.Optional;

/// Which blocks contractions are cut into, where that was found out by trial.
@FunctionalInterface
public interface Blockings {
  /// Those that the shape and the device's limits suggest.
  Blockings USUAL = _ -> Optional.empty();

  /// The best known blocks for contractions of one class.
  ///
  /// @param shapeClass as [Choices#shapeClass] says
  Optional<Blocking> of(String shapeClass);

  /// What there is to choose from for a contraction.
  ///
  /// @param shapeClass what contractions of about the same sizes and the same ways through memory
  ///   have in common
  /// @param usual what is used where nothing is known
  /// @param others what may be faster, the likeliest first
  record Choices(String shapeClass, Blocking usual, List<Blocking> others) {}
}
