package org.tombolo.cpu.gemm;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.WindowDim;

/// Window places along one spatial axis that see the same window positions.
///
/// With base dilation, a window position falls between two elements at most places. Places whose
/// distance is a multiple of `placeStep` agree on which positions do not, and those are `tapStep`
/// apart; so within a phase the index of the image is linear in place and tap and no zero is ever
/// multiplied. Without base dilation there is one phase.
///
/// The `i`-th place and the `j`-th tap of a phase look at index `first + i*perPlace + j*perTap`,
/// which may lie outside the image.
///
/// @param place first window place
/// @param placeStep from one place to the next
/// @param places how many
/// @param tap first window position
/// @param tapStep from one window position to the next
/// @param taps how many; 0 if all fall between elements
/// @param first index of the image for place and tap 0
/// @param perPlace index step from one place to the next
/// @param perTap index step from one tap to the next
record SpatialPhase(
    long place,
    long placeStep,
    long places,
    long tap,
    long tapStep,
    long taps,
    long first,
    long perPlace,
    long perTap) {

  /// The phases of an axis; together they have each place once.
  ///
  /// @param window how the window slides
  /// @param places number of window places, at least 1
  static List<SpatialPhase> of(WindowDim window, long places) {
    long base = window.baseDilation();
    long placeStep = base / gcd(base, window.stride());
    long tapStep = base / gcd(base, window.windowDilation());
    List<SpatialPhase> phases = new ArrayList<>();
    for (long place = 0; place < Math.min(placeStep, places); place++) {
      long tap = 0;
      while (tap < tapStep && position(window, place, tap) % base != 0) {
        tap++;
      }
      boolean any = tap < tapStep && tap < window.size();
      phases.add(
          new SpatialPhase(
              place,
              placeStep,
              ceilDiv(places - place, placeStep),
              any ? tap : 0,
              tapStep,
              any ? ceilDiv(window.size() - tap, tapStep) : 0,
              any ? position(window, place, tap) / base : 0,
              placeStep * window.stride() / base,
              tapStep * window.windowDilation() / base));
    }
    return phases;
  }

  private static long position(WindowDim window, long place, long tap) {
    return place * window.stride() + tap * window.windowDilation() - window.padLow();
  }

  private static long ceilDiv(long count, long step) {
    return (count + step - 1) / step;
  }

  private static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  /// The largest index looked at, for a phase with taps.
  long last() {
    return first + (places - 1) * perPlace + (taps - 1) * perTap;
  }
}
