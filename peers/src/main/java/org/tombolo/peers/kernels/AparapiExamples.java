package org.tombolo.peers.kernels;

import java.util.Arrays;
import java.util.List;
import org.tombolo.examples.kernels.BlackScholes;
import org.tombolo.examples.kernels.HeatStencil;
import org.tombolo.examples.kernels.Histogram;
import org.tombolo.examples.kernels.KernelExample.Outcome;
import org.tombolo.examples.kernels.Mandelbrot;
import org.tombolo.examples.kernels.MatrixProduct;
import org.tombolo.examples.kernels.NBody;
import org.tombolo.peers.kernels.AparapiKernels.Bodies;
import org.tombolo.peers.kernels.AparapiKernels.Count;
import org.tombolo.peers.kernels.AparapiKernels.Escape;
import org.tombolo.peers.kernels.AparapiKernels.Prices;
import org.tombolo.peers.kernels.AparapiKernels.Product;
import org.tombolo.peers.kernels.AparapiKernels.ResidentBodies;
import org.tombolo.peers.kernels.AparapiKernels.ResidentSpread;
import org.tombolo.peers.kernels.AparapiKernels.Spread;
import org.tombolo.peers.kernels.AparapiRun.Layout;
import org.tombolo.peers.kernels.AparapiRun.Once;

/// The examples on Aparapi's executor, on the same data and with the same judges.
final class AparapiExamples {
  private AparapiExamples() {}

  /// An example that is ready to run.
  ///
  /// @param explicit whether arrays move where the program says so, instead of by themselves
  /// @throws UnsupportedOperationException with the reason, if Aparapi cannot run it
  static CountedRun of(String example, int scale, boolean explicit) {
    return switch (example) {
      case "mandelbrot" -> mandelbrot(scale, explicit);
      case "nbody" -> explicit ? residentBodies(scale) : bodies(scale);
      case "black-scholes" -> blackScholes(scale, explicit);
      case "heat" -> explicit ? residentHeat(scale) : heat(scale);
      case "histogram" -> histogram(scale, explicit);
      case "matmul" -> matmul(scale, explicit);
      case "custom-layers" ->
          throw new UnsupportedOperationException(
              "has kernels alone: no layers, gradients or optimizers to train with");
      default -> throw new IllegalArgumentException(example);
    };
  }

  private static AparapiRun mandelbrot(int scale, boolean explicit) {
    Escape kernel = new Escape(Mandelbrot.height(scale), Mandelbrot.width(scale));
    return new Once(
        kernel,
        new Layout(kernel.width, kernel.height, 0, 0),
        explicit,
        List.of(),
        List.of(kernel.count),
        List.of(),
        () -> Mandelbrot.judged(scale, kernel.count));
  }

  private static AparapiRun blackScholes(int scale, boolean explicit) {
    Prices kernel = new Prices(BlackScholes.market(BlackScholes.options(scale)));
    return new Once(
        kernel,
        Layout.of(kernel.spot.length),
        explicit,
        List.of(kernel.spot, kernel.strike, kernel.years),
        List.of(kernel.call, kernel.put),
        List.of(),
        () -> BlackScholes.judged(kernel.call, kernel.put));
  }

  private static AparapiRun histogram(int scale, boolean explicit) {
    Count kernel = new Count(Histogram.values(Histogram.count(scale)));
    return new Once(
        kernel,
        new Layout(Histogram.GROUP * Histogram.GROUPS, 0, Histogram.GROUP, 0),
        explicit,
        List.of(kernel.value),
        List.of(kernel.total),
        List.of(kernel.total),
        () -> Histogram.judged(kernel.n, kernel.total));
  }

  private static AparapiRun matmul(int scale, boolean explicit) {
    Product kernel = new Product(MatrixProduct.side(scale));
    return new Once(
        kernel,
        new Layout(kernel.side, kernel.side, MatrixProduct.TILE, MatrixProduct.TILE),
        explicit,
        List.of(kernel.a, kernel.b),
        List.of(kernel.c),
        List.of(),
        () -> MatrixProduct.judged(kernel.side, kernel.c));
  }

  private static AparapiRun heat(int scale) {
    int side = HeatStencil.side(scale);
    Spread kernel = new Spread(side, HeatStencil.start(side));
    return new AparapiRun(kernel, new Layout(side, side, 0, 0), false) {
      private int steps;

      @Override
      List<Object> read() {
        return List.of(kernel.heat);
      }

      @Override
      List<Object> written() {
        return List.of(kernel.next);
      }

      @Override
      public void round() {
        execute();
        float[] old = kernel.heat;
        kernel.heat = kernel.next;
        kernel.next = old;
        steps++;
      }

      @Override
      public Outcome outcome() {
        return HeatStencil.judged(steps, side, kernel.heat);
      }
    };
  }

  private static AparapiRun residentHeat(int scale) {
    int side = HeatStencil.side(scale);
    ResidentSpread kernel = new ResidentSpread(side, HeatStencil.start(side));
    return new AparapiRun(kernel, new Layout(side, side, 0, 0), true) {
      private int steps;

      @Override
      List<Object> read() {
        return List.of();
      }

      @Override
      List<Object> written() {
        return List.of(kernel.both);
      }

      @Override
      public void round() {
        if (steps++ == 0) {
          put(kernel.both);
        }
        execute();
        int old = kernel.from;
        kernel.from = kernel.to;
        kernel.to = old;
      }

      @Override
      public Outcome outcome() {
        get(kernel.both);
        float[] heat = Arrays.copyOfRange(kernel.both, kernel.from, kernel.from + side * side);
        return HeatStencil.judged(steps, side, heat);
      }
    };
  }

  private static AparapiRun bodies(int scale) {
    int n = NBody.bodies(scale);
    float[][] start = NBody.start(n);
    Bodies kernel = new Bodies(n, start[0], start[1]);
    return new AparapiRun(kernel, new Layout(n, 0, NBody.GROUP, 0), false) {
      private int steps;

      @Override
      List<Object> read() {
        return List.of(kernel.place);
      }

      @Override
      List<Object> written() {
        return List.of(kernel.next, kernel.velocity);
      }

      @Override
      public void round() {
        execute();
        float[] old = kernel.place;
        kernel.place = kernel.next;
        kernel.next = old;
        steps++;
      }

      @Override
      public Outcome outcome() {
        return NBody.judged(steps, kernel.place, kernel.velocity);
      }
    };
  }

  private static AparapiRun residentBodies(int scale) {
    int n = NBody.bodies(scale);
    float[][] start = NBody.start(n);
    ResidentBodies kernel = new ResidentBodies(n, start[0], start[1]);
    return new AparapiRun(kernel, new Layout(n, 0, NBody.GROUP, 0), true) {
      private int steps;

      @Override
      List<Object> read() {
        return List.of();
      }

      @Override
      List<Object> written() {
        return List.of(kernel.places, kernel.velocity);
      }

      @Override
      public void round() {
        if (steps++ == 0) {
          put(kernel.places);
          put(kernel.velocity);
        }
        execute();
        int old = kernel.from;
        kernel.from = kernel.to;
        kernel.to = old;
      }

      @Override
      public Outcome outcome() {
        get(kernel.places);
        get(kernel.velocity);
        float[] place = Arrays.copyOfRange(kernel.places, kernel.from, kernel.from + 4 * n);
        return NBody.judged(steps, place, kernel.velocity);
      }
    };
  }
}
