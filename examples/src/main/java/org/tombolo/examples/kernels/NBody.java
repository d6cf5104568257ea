package org.tombolo.examples.kernels;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.kernels.Floats;
import org.tombolo.kernels.Item;
import org.tombolo.kernels.Kernel;
import org.tombolo.kernels.Range;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// Bodies that attract each other: local memory, barriers, and state that stays on the device.
///
/// Each step is one of the symplectic Euler method: velocities change by the attraction, then
/// places by the new velocities. It keeps the energy within a band, which is what the example
/// measures: the sum of motion and attraction after all steps against that before, in double
/// precision.
public final class NBody implements KernelExample {
  /// Bodies that a group looks at together.
  public static final int GROUP = 64;

  /// Distance below which attraction grows no more.
  public static final float SOFT = 0.05f;

  /// Time of a step.
  public static final float DT = 0.002f;

  private static final int STEPS = 300;

  /// One step for each body, `[n, 4]` being x, y, z and mass, and velocities with a fourth number
  /// that is not used.
  static final class Step extends Kernel {
    private final int n;
    private final Floats.Reader place = new Floats.Reader();
    private final Floats.Reader velocity = new Floats.Reader();
    private final Floats.Writer nextPlace = new Floats.Writer();
    private final Floats.Writer nextVelocity = new Floats.Writer();
    private final Floats.Local tile = new Floats.Local(4 * GROUP);

    Step(int n) {
      this.n = n;
    }

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return operands;
    }

    @Override
    protected void run(Item item) {
      int i = 4 * item.globalId(0);
      int local = 4 * item.localId(0);
      float x = place.get(i);
      float y = place.get(i + 1);
      float z = place.get(i + 2);
      float ax = 0;
      float ay = 0;
      float az = 0;
      for (int start = 0; start < n; start += GROUP) {
        // The group brings the next bodies into memory that is near, each work-item one of them.
        int from = 4 * start + local;
        tile.set(local, place.get(from));
        tile.set(local + 1, place.get(from + 1));
        tile.set(local + 2, place.get(from + 2));
        tile.set(local + 3, place.get(from + 3));
        item.barrier();
        for (int k = 0; k < 4 * GROUP; k += 4) {
          float dx = tile.get(k) - x;
          float dy = tile.get(k + 1) - y;
          float dz = tile.get(k + 2) - z;
          float square = dx * dx + dy * dy + dz * dz + SOFT * SOFT;
          float inverse = 1 / (float) Math.sqrt(square);
          float pull = tile.get(k + 3) * inverse * inverse * inverse;
          ax += pull * dx;
          ay += pull * dy;
          az += pull * dz;
        }
        item.barrier();
      }
      float vx = velocity.get(i) + DT * ax;
      float vy = velocity.get(i + 1) + DT * ay;
      float vz = velocity.get(i + 2) + DT * az;
      nextVelocity.set(i, vx);
      nextVelocity.set(i + 1, vy);
      nextVelocity.set(i + 2, vz);
      nextPlace.set(i, x + DT * vx);
      nextPlace.set(i + 1, y + DT * vy);
      nextPlace.set(i + 2, z + DT * vz);
      nextPlace.set(i + 3, place.get(i + 3));
    }

    @Override
    protected long flopsPerItem() {
      return 20L * n;
    }
  }

  @Override
  public String name() {
    return "nbody";
  }

  @Override
  public String about() {
    return "bodies that attract each other: their energy must not drift";
  }

  @Override
  public int rounds() {
    return STEPS;
  }

  /// Number of bodies.
  public static int bodies(int scale) {
    return 2 * GROUP * scale;
  }

  /// A disc that turns around a heavy body in its middle: places with masses, and velocities, both
  /// `[n, 4]`.
  public static float[][] start(int n) {
    SplittableRandom random = new SplittableRandom(1);
    float[] place = new float[4 * n];
    float[] velocity = new float[4 * n];
    place[3] = 1;
    for (int i = 1; i < n; i++) {
      double radius = 0.4 + 0.8 * random.nextDouble();
      double angle = 2 * Math.PI * random.nextDouble();
      double speed = Math.sqrt(1 / radius);
      place[4 * i] = (float) (radius * Math.cos(angle));
      place[4 * i + 1] = (float) (radius * Math.sin(angle));
      place[4 * i + 2] = (float) (0.05 * random.nextDouble());
      place[4 * i + 3] = 0.05f / n;
      velocity[4 * i] = (float) (-speed * Math.sin(angle));
      velocity[4 * i + 1] = (float) (speed * Math.cos(angle));
    }
    return new float[][] {place, velocity};
  }

  @Override
  public Run on(Engine engine, int scale) {
    int n = bodies(scale);
    float[][] start = start(n);
    TensorType type = TensorType.f32(n, 4);
    GraphBuilder g = new GraphBuilder("nbody");
    Node place = g.variable("place", type);
    Node velocity = g.variable("velocity", type);
    List<Node> next = new Step(n).callAll(Range.of(n).inGroupsOf(GROUP), place, velocity);
    g.assign("place", next.get(0));
    g.assign("velocity", next.get(1));
    State state = engine.newState();
    state.set("place", Tensor.of(start[0], n, 4));
    state.set("velocity", Tensor.of(start[1], n, 4));
    Plan plan = engine.compile(g.build(), state);
    Trail trail = new Trail(n);
    return new Run() {
      private int steps;

      @Override
      public void round() {
        plan.run(Map.of());
        steps++;
      }

      @Override
      public Outcome outcome() {
        // Some more steps for the picture, of which every other one is looked at.
        Outcome found =
            judged(steps, state.get("place").toFloats(), state.get("velocity").toFloats());
        for (int i = 0; i < STEPS; i++) {
          round();
          if (i % 2 == 0) {
            trail.add(state.get("place").toFloats());
          }
        }
        return new Outcome(
            found.what(), found.error(), found.bound(), Optional.of(trail.picture()));
      }

      @Override
      public void close() {
        plan.close();
        state.close();
      }
    };
  }

  /// How good places and velocities are after some steps from the start.
  public static Outcome judged(int steps, float[] place, float[] velocity) {
    float[][] start = start(place.length / 4);
    return new Outcome(
        "change of the energy over %d steps, relative".formatted(steps),
        Math.abs(energy(place, velocity) / energy(start[0], start[1]) - 1),
        1e-3,
        Optional.empty());
  }

  private static double energy(float[] place, float[] velocity) {
    int n = place.length / 4;
    double sum = 0;
    for (int i = 0; i < 4 * n; i += 4) {
      double mass = place[i + 3];
      for (int k = 0; k < 3; k++) {
        sum += 0.5 * mass * velocity[i + k] * velocity[i + k];
      }
      for (int j = 0; j < i; j += 4) {
        double square = (double) SOFT * SOFT;
        for (int k = 0; k < 3; k++) {
          square += Math.pow((double) place[i + k] - place[j + k], 2);
        }
        sum -= mass * place[j + 3] / Math.sqrt(square);
      }
    }
    return sum;
  }

  /// Where bodies have been, brighter the later.
  private static final class Trail {
    private static final int SIDE = 480;
    private final int n;
    private final BufferedImage picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    private int added;

    Trail(int n) {
      this.n = n;
    }

    void add(float[] place) {
      added++;
      for (int i = 0; i < n; i++) {
        int x = Math.round(SIDE / 2.0f + place[4 * i] * SIDE / 3);
        int y = Math.round(SIDE / 2.0f - place[4 * i + 1] * SIDE / 3);
        if (x >= 0 && x < SIDE && y >= 0 && y < SIDE) {
          float light = 0.2f + 0.8f * added / (STEPS / 2.0f);
          picture.setRGB(x, y, Color.HSBtoRGB((float) i / n, 0.7f, Math.min(1, light)));
        }
      }
    }

    BufferedImage picture() {
      return picture;
    }
  }

  @Override
  public Optional<Run> plain(int scale) {
    float[][] start = start(bodies(scale));
    return Optional.of(
        new Run() {
          private int steps;

          @Override
          public void round() {
            step(start[0], start[1]);
            steps++;
          }

          @Override
          public Outcome outcome() {
            return judged(steps, start[0], start[1]);
          }
        });
  }

  private static void step(float[] place, float[] velocity) {
    for (int i = 0; i < place.length; i += 4) {
      float ax = 0;
      float ay = 0;
      float az = 0;
      for (int k = 0; k < place.length; k += 4) {
        float dx = place[k] - place[i];
        float dy = place[k + 1] - place[i + 1];
        float dz = place[k + 2] - place[i + 2];
        float square = dx * dx + dy * dy + dz * dz + SOFT * SOFT;
        float inverse = 1 / (float) Math.sqrt(square);
        float pull = place[k + 3] * inverse * inverse * inverse;
        ax += pull * dx;
        ay += pull * dy;
        az += pull * dz;
      }
      velocity[i] += DT * ax;
      velocity[i + 1] += DT * ay;
      velocity[i + 2] += DT * az;
    }
    for (int i = 0; i < place.length; i += 4) {
      for (int k = 0; k < 3; k++) {
        place[i + k] += DT * velocity[i + k];
      }
    }
  }
}
