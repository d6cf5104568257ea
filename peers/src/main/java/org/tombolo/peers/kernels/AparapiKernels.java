package org.tombolo.peers.kernels;

import com.aparapi.Kernel;
import java.util.concurrent.atomic.AtomicInteger;
import org.tombolo.examples.kernels.BlackScholes;
import org.tombolo.examples.kernels.HeatStencil;
import org.tombolo.examples.kernels.Histogram;
import org.tombolo.examples.kernels.Mandelbrot;
import org.tombolo.examples.kernels.MatrixProduct;
import org.tombolo.examples.kernels.NBody;

/// The kernels of the examples as Aparapi takes them: arrays as fields, no `break`, no names that
/// are words of OpenCL C, and dimension 0 the fastest. What they compute, and in which order, is
/// the same.
final class AparapiKernels {
  private AparapiKernels() {}

  /// For each point, after how many repetitions it leaves.
  static final class Escape extends Kernel {
    final int height;
    final int width;
    final int[] count;

    Escape(int height, int width) {
      this.height = height;
      this.width = width;
      this.count = new int[height * width];
    }

    @Override
    public void run() {
      int column = getGlobalId(0);
      int row = getGlobalId(1);
      float x = -2.2f + 3.0f * column / width;
      float y = -1.2f + 2.4f * row / height;
      float re = 0;
      float im = 0;
      int n = 0;
      while (n < Mandelbrot.MOST && re * re + im * im <= 4) {
        float next = re * re - im * im + x;
        im = 2 * re * im + y;
        re = next;
        n++;
      }
      if (re * re + im * im > 4) {
        n--;
      }
      count[row * width + column] = n;
    }
  }

  /// A step of the bodies from one pair of arrays to the next places; velocities change in place.
  static final class Bodies extends Kernel {
    final int n;
    float[] place;
    float[] next;
    final float[] velocity;
    @Local final float[] tile = new float[4 * NBody.GROUP];

    Bodies(int n, float[] place, float[] velocity) {
      this.n = n;
      this.place = place;
      this.next = new float[4 * n];
      this.velocity = velocity;
    }

    @Override
    public void run() {
      int i = 4 * getGlobalId(0);
      int lane = 4 * getLocalId(0);
      float x = place[i];
      float y = place[i + 1];
      float z = place[i + 2];
      float ax = 0;
      float ay = 0;
      float az = 0;
      for (int start = 0; start < n; start += NBody.GROUP) {
        int from = 4 * start + lane;
        tile[lane] = place[from];
        tile[lane + 1] = place[from + 1];
        tile[lane + 2] = place[from + 2];
        tile[lane + 3] = place[from + 3];
        localBarrier();
        for (int k = 0; k < 4 * NBody.GROUP; k += 4) {
          float dx = tile[k] - x;
          float dy = tile[k + 1] - y;
          float dz = tile[k + 2] - z;
          float square = dx * dx + dy * dy + dz * dz + NBody.SOFT * NBody.SOFT;
          float inverse = 1 / sqrt(square);
          float pull = tile[k + 3] * inverse * inverse * inverse;
          ax += pull * dx;
          ay += pull * dy;
          az += pull * dz;
        }
        localBarrier();
      }
      float vx = velocity[i] + NBody.DT * ax;
      float vy = velocity[i + 1] + NBody.DT * ay;
      float vz = velocity[i + 2] + NBody.DT * az;
      velocity[i] = vx;
      velocity[i + 1] = vy;
      velocity[i + 2] = vz;
      next[i] = x + NBody.DT * vx;
      next[i + 1] = y + NBody.DT * vy;
      next[i + 2] = z + NBody.DT * vz;
      next[i + 3] = place[i + 3];
    }
  }

  /// The same within one array, which holds old and new places, so that it can stay on the device.
  static final class ResidentBodies extends Kernel {
    final int n;
    int from;
    int to;
    final float[] places;
    final float[] velocity;
    @Local final float[] tile = new float[4 * NBody.GROUP];

    ResidentBodies(int n, float[] place, float[] velocity) {
      this.n = n;
      this.to = 4 * n;
      this.places = new float[8 * n];
      System.arraycopy(place, 0, places, 0, 4 * n);
      this.velocity = velocity;
    }

    @Override
    public void run() {
      int i = 4 * getGlobalId(0);
      int lane = 4 * getLocalId(0);
      float x = places[from + i];
      float y = places[from + i + 1];
      float z = places[from + i + 2];
      float ax = 0;
      float ay = 0;
      float az = 0;
      for (int start = 0; start < n; start += NBody.GROUP) {
        int near = from + 4 * start + lane;
        tile[lane] = places[near];
        tile[lane + 1] = places[near + 1];
        tile[lane + 2] = places[near + 2];
        tile[lane + 3] = places[near + 3];
        localBarrier();
        for (int k = 0; k < 4 * NBody.GROUP; k += 4) {
          float dx = tile[k] - x;
          float dy = tile[k + 1] - y;
          float dz = tile[k + 2] - z;
          float square = dx * dx + dy * dy + dz * dz + NBody.SOFT * NBody.SOFT;
          float inverse = 1 / sqrt(square);
          float pull = tile[k + 3] * inverse * inverse * inverse;
          ax += pull * dx;
          ay += pull * dy;
          az += pull * dz;
        }
        localBarrier();
      }
      float vx = velocity[i] + NBody.DT * ax;
      float vy = velocity[i + 1] + NBody.DT * ay;
      float vz = velocity[i + 2] + NBody.DT * az;
      velocity[i] = vx;
      velocity[i + 1] = vy;
      velocity[i + 2] = vz;
      places[to + i] = x + NBody.DT * vx;
      places[to + i + 1] = y + NBody.DT * vy;
      places[to + i + 2] = z + NBody.DT * vz;
      places[to + i + 3] = places[from + i + 3];
    }
  }

  /// Prices of a call and a put for each option.
  static final class Prices extends Kernel {
    final float[] spot;
    final float[] strike;
    final float[] years;
    final float[] call;
    final float[] put;

    Prices(float[][] market) {
      this.spot = market[0];
      this.strike = market[1];
      this.years = market[2];
      this.call = new float[spot.length];
      this.put = new float[spot.length];
    }

    @Override
    public void run() {
      int i = getGlobalId(0);
      float s = spot[i];
      float k = strike[i];
      float t = years[i];
      float spread = BlackScholes.VOLATILITY * sqrt(t);
      float drift = BlackScholes.RATE + 0.5f * BlackScholes.VOLATILITY * BlackScholes.VOLATILITY;
      float d1 = (log(s / k) + drift * t) / spread;
      float discounted = k * exp(-BlackScholes.RATE * t);
      float price = s * normal(d1) - discounted * normal(d1 - spread);
      call[i] = price;
      put[i] = price - s + discounted;
    }

    float normal(float x) {
      float a = abs(x);
      float t = 1 / (1 + 0.2316419f * a);
      float sum =
          t
              * (0.31938154f
                  + t * (-0.35656378f + t * (1.7814779f + t * (-1.8212559f + t * 1.3302745f))));
      float tail = 0.3989423f * exp(-0.5f * a * a) * sum;
      return x < 0 ? tail : 1 - tail;
    }
  }

  /// A step of the heat from one array to another.
  static final class Spread extends Kernel {
    final int side;
    float[] heat;
    float[] next;

    Spread(int side, float[] heat) {
      this.side = side;
      this.heat = heat;
      this.next = new float[side * side];
    }

    @Override
    public void run() {
      int column = getGlobalId(0);
      int row = getGlobalId(1);
      int i = row * side + column;
      if (row > 0 && row < side - 1 && column > 0 && column < side - 1) {
        float around = heat[i - side] + heat[i + side] + heat[i - 1] + heat[i + 1];
        next[i] = heat[i] + HeatStencil.SHARE * (around - 4 * heat[i]);
      }
    }
  }

  /// The same within one array, which holds old and new heat, so that it can stay on the device.
  static final class ResidentSpread extends Kernel {
    final int side;
    int from;
    int to;
    final float[] both;

    ResidentSpread(int side, float[] heat) {
      this.side = side;
      this.to = side * side;
      this.both = new float[2 * side * side];
      System.arraycopy(heat, 0, both, 0, side * side);
    }

    @Override
    public void run() {
      int column = getGlobalId(0);
      int row = getGlobalId(1);
      int i = row * side + column;
      if (row > 0 && row < side - 1 && column > 0 && column < side - 1) {
        int at = from + i;
        float around = both[at - side] + both[at + side] + both[at - 1] + both[at + 1];
        both[to + i] = both[at] + HeatStencil.SHARE * (around - 4 * both[at]);
      }
    }
  }

  /// Counts values, first in the memory of a group.
  static final class Count extends Kernel {
    final int n;
    final int[] value;
    final int[] total = new int[Histogram.BINS];
    @Local final AtomicInteger[] mine = new AtomicInteger[Histogram.BINS];

    Count(int[] value) {
      this.n = value.length;
      this.value = value;
      for (int bin = 0; bin < Histogram.BINS; bin++) {
        mine[bin] = new AtomicInteger();
      }
    }

    @Override
    public void run() {
      int lane = getLocalId(0);
      for (int bin = lane; bin < Histogram.BINS; bin += Histogram.GROUP) {
        atomicSet(mine[bin], 0);
      }
      localBarrier();
      for (int i = getGlobalId(0); i < n; i += getGlobalSize(0)) {
        atomicInc(mine[value[i]]);
      }
      localBarrier();
      for (int bin = lane; bin < Histogram.BINS; bin += Histogram.GROUP) {
        atomicAdd(total, bin, atomicGet(mine[bin]));
      }
    }
  }

  /// A product of matrices in tiles.
  static final class Product extends Kernel {
    final int side;
    final float[] a;
    final float[] b;
    final float[] c;
    @Local final float[] left = new float[MatrixProduct.TILE * MatrixProduct.TILE];
    @Local final float[] right = new float[MatrixProduct.TILE * MatrixProduct.TILE];

    Product(int side) {
      this.side = side;
      this.a = MatrixProduct.left(side);
      this.b = MatrixProduct.right(side);
      this.c = new float[side * side];
    }

    @Override
    public void run() {
      int column = getGlobalId(0);
      int row = getGlobalId(1);
      int x = getLocalId(0);
      int y = getLocalId(1);
      float sum = 0;
      for (int p = 0; p < side; p += MatrixProduct.TILE) {
        left[y * MatrixProduct.TILE + x] = a[row * side + p + x];
        right[y * MatrixProduct.TILE + x] = b[(p + y) * side + column];
        localBarrier();
        for (int k = 0; k < MatrixProduct.TILE; k++) {
          sum += left[y * MatrixProduct.TILE + k] * right[k * MatrixProduct.TILE + x];
        }
        localBarrier();
      }
      c[row * side + column] = sum;
    }
  }
}
