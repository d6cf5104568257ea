package org.tombolo.cpu.kernel;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Vectors of a number of lanes, whatever their elements. Called from generated code.
final class Species {
  private static final int BITS = VectorShape.preferredShape().vectorBitSize();

  /// Vectors below this width have no shape.
  private static final int LEAST_BITS = 64;

  private Species() {}

  /// Lanes of the widest vectors of the machine.
  ///
  /// @param wide for elements of 64 bits, else of 32
  static int lanes(boolean wide) {
    return BITS / (wide ? Long.SIZE : Integer.SIZE);
  }

  /// Whether there are vectors of so many bytes.
  static boolean hasBytes(int lanes) {
    return lanes * Byte.SIZE >= LEAST_BITS;
  }

  /// Whether the machine has instructions for 64-bit integers, their products and conversions.
  static boolean hasLongs() {
    return BITS >= 512;
  }

  static VectorSpecies<Float> floats(int lanes) {
    return FloatVector.SPECIES_PREFERRED.withShape(shape(lanes, Float.SIZE));
  }

  static VectorSpecies<Double> doubles(int lanes) {
    return DoubleVector.SPECIES_PREFERRED.withShape(shape(lanes, Double.SIZE));
  }

  static VectorSpecies<Integer> ints(int lanes) {
    return IntVector.SPECIES_PREFERRED.withShape(shape(lanes, Integer.SIZE));
  }

  static VectorSpecies<Long> longs(int lanes) {
    return LongVector.SPECIES_PREFERRED.withShape(shape(lanes, Long.SIZE));
  }

  static VectorSpecies<Byte> bytes(int lanes) {
    return ByteVector.SPECIES_PREFERRED.withShape(shape(lanes, Byte.SIZE));
  }

  private static VectorShape shape(int lanes, int bits) {
    return VectorShape.forBitSize(lanes * bits);
  }
}
