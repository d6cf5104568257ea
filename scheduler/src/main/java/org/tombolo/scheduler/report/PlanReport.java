package org.tombolo.scheduler.report;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.tombolo.device.ByteMeter;

/// What a plan does in one run and why: data that text, JSON and a page are made of.
///
/// Everything is named by its place in the lists: operations by [Operation#id], values by
/// [Value#id], tasks by [Task#index]. Times are in seconds, sizes in bytes. Branches and loops are
/// tasks that hold reports of the plans [inside][Inner].
///
/// @param graph name of the graph
/// @param seconds predicted time of a run on idle devices
/// @param freeSeconds the same if nothing had to leave memory, nor wait for it
/// @param placement what the choice of devices cost, and what is known of its quality
/// @param devices the devices of the engine, in order
/// @param operations the graph as it runs, operands before users
/// @param values what tasks read and write
/// @param tasks what a run hands to the devices, in order
/// @param returns values that leave the memory of their device for a while, since there is too
///   little of it, each time that they come back
/// @param traffic what a run moves over the bridge
/// @param up bytes towards devices, and what they cannot undercut
/// @param down bytes away from devices, and what they cannot undercut
/// @param measured times of real runs, if some were made
public record PlanReport(
    String graph,
    double seconds,
    double freeSeconds,
    Placement placement,
    List<Device> devices,
    List<Operation> operations,
    List<Value> values,
    List<Task> tasks,
    List<Return> returns,
    List<Traffic> traffic,
    Bytes up,
    Bytes down,
    Optional<Measured> measured) {
  /// Copies the lists.
  public PlanReport {
    devices = List.copyOf(devices);
    operations = List.copyOf(operations);
    values = List.copyOf(values);
    tasks = List.copyOf(tasks);
    returns = List.copyOf(returns);
    traffic = List.copyOf(traffic);
  }

  /// The choice of devices.
  ///
  /// @param claim how good it is, in words
  /// @param seconds estimated cost: the time of all operations and transfers, one after the other
  /// @param lowerBound cost that no placement undercuts, by the same estimates
  public record Placement(String claim, double seconds, double lowerBound) {}

  /// A device and what it holds for the plan.
  ///
  /// @param id such as `opencl:0`
  /// @param model name that its vendor gives it
  /// @param stateBytes variables, which other plans may share
  /// @param constantBytes constants
  /// @param inputBytes memory for inputs, as many times as runs may be under way at once; none
  ///   where they lie among the other values
  /// @param arenaBytes memory for the values of a run, those inside branches and loops among them
  /// @param liveBytes largest sum of values that live at once, which no arena can undercut
  /// @param limitBytes the most that it may hold: a limit of the options, or the memory that it has
  /// @param residences who lives in the arena, without those inside branches and loops
  /// @param variables who lives there from run to run
  public record Device(
      String id,
      String model,
      long stateBytes,
      long constantBytes,
      long inputBytes,
      long arenaBytes,
      long liveBytes,
      long limitBytes,
      List<Residence> residences,
      List<Held> variables) {
    /// Copies the lists.
    public Device {
      residences = List.copyOf(residences);
      variables = List.copyOf(variables);
    }

    /// All that it holds.
    public long peakBytes() {
      return stateBytes + constantBytes + inputBytes + arenaBytes;
    }
  }

  /// A place in an arena.
  ///
  /// @param label what lies there
  /// @param offset first byte
  /// @param bytes how many
  /// @param from index of the first task that uses it
  /// @param to index of the last task that uses it
  public record Residence(String label, long offset, long bytes, int from, int to) {}

  /// A variable in the memory of a device.
  public record Held(String name, long bytes) {}

  /// An operation of the graph.
  ///
  /// @param id its place among the operations
  /// @param kind what it does, such as `dot`
  /// @param label name of an input, a variable or what is assigned; empty for others
  /// @param scope where in the model it belongs, such as `conv1/relu`; may be empty
  /// @param where source line that made it; may be empty
  /// @param type type of its result
  /// @param operands ids of its operands
  /// @param device where it runs; none for inputs, which go where they are read, and for variables
  ///   that are on several devices
  /// @param tasks indices of the tasks that compute it; none where it is a change of name or is
  ///   held
  /// @param why reason for the device
  public record Operation(
      int id,
      String kind,
      String label,
      String scope,
      String where,
      String type,
      List<Integer> operands,
      Optional<String> device,
      List<Integer> tasks,
      Why why) {
    /// Copies the lists.
    public Operation {
      operands = List.copyOf(operands);
      tasks = List.copyOf(tasks);
    }

    /// The scope and the kind.
    public String name() {
      return (scope.isEmpty() ? "" : scope + "/") + kind + (label.isEmpty() ? "" : " " + label);
    }
  }

  /// Why an operation runs where it does.
  ///
  /// @param reason what decided
  /// @param by what decided if somebody did: the name that is pinned, or the variable that is
  ///   settled
  /// @param partOf the composite that it is a part of, which was placed as a whole; none if it was
  ///   placed itself
  /// @param seconds estimated time of what was placed, on its device
  /// @param others what the other devices offered, in the order of the engine
  public record Why(
      Reason reason,
      Optional<String> by,
      Optional<String> partOf,
      OptionalDouble seconds,
      List<Other> others) {
    /// Copies the list.
    public Why {
      others = List.copyOf(others);
    }

    /// The reason in words.
    public String words() {
      return reason.words()
          + by.map(" by \"%s\""::formatted).orElse("")
          + partOf.map(", as part of %s"::formatted).orElse("");
    }
  }

  /// What decided where an operation runs.
  public enum Reason {
    /// It is fed by the caller.
    FED("fed by the caller"),
    /// It is on every device that reads it: a constant, a variable that nobody assigns, or what is
    /// cheaper made than moved.
    EVERYWHERE("on each device that reads it"),
    /// The engine has no other device.
    ONLY_DEVICE("the only device"),
    /// The options of the plan ask for it.
    PINNED("pinned"),
    /// A variable, or what is tied to one, that has lived there since an earlier plan.
    SETTLED("lives there since an earlier plan"),
    /// All other devices refuse it, or something that has to stay with it.
    ONLY_ABLE("the only device that can run it"),
    /// No other device makes the plan cheaper.
    CHEAPEST("cheapest"),
    /// Another device would be cheaper by the estimates, but for something that they do not count.
    CONSTRAINED("another device would cost less, but something else forbids it");

    private final String words;

    Reason(String words) {
      this.words = words;
    }

    /// The reason in words.
    public String words() {
      return words;
    }
  }

  /// What another device offered for an operation.
  ///
  /// The seconds are differences: what the plan would cost more if the operation ran there, with
  /// all that has to stay on one device with it, and everything else stayed where it is.
  ///
  /// @param device which one
  /// @param refusal why it cannot; then there are no seconds
  /// @param execution more time for execution
  /// @param transfer more time for transfers
  public record Other(
      String device, Optional<String> refusal, OptionalDouble execution, OptionalDouble transfer) {
    /// More time in all; none where the device cannot.
    public OptionalDouble seconds() {
      return execution.isPresent()
          ? OptionalDouble.of(execution.getAsDouble() + transfer.orElse(0))
          : OptionalDouble.empty();
    }
  }

  /// Something in memory.
  ///
  /// @param id its place among the values
  /// @param label what it is
  /// @param device where it lies: id of a device, or [ByteMeter#HOST]
  /// @param bytes its size
  /// @param kind how long it lives
  /// @param operation id of the operation whose result it is
  public record Value(
      int id, String label, String device, long bytes, Lifetime kind, int operation) {}

  /// How long a value lives.
  public enum Lifetime {
    /// Within a run.
    RUN,
    /// As long as the plan.
    CONSTANT,
    /// As long as the state.
    VARIABLE
  }

  /// What a device or the host does at one time.
  ///
  /// @param index its place among the tasks
  /// @param kind what sort of work
  /// @param device where it runs, or for transfers the device that is not the host
  /// @param lane which of the device's queues takes it; of roles that share one, the first
  /// @param name short name, such as that of a region
  /// @param text what it does, in words
  /// @param bytes what it moves over the bridge or copies
  /// @param operations ids of the operations that it computes; movement, constants and counters may
  ///   be part of several tasks
  /// @param repeated ids of those of them that an earlier task computes as well, since that is
  ///   cheaper than to store what comes of them
  /// @param savedBytes how much less it reads and writes in the memory of the device than if each
  ///   of the operations ran by itself, once
  /// @param reads ids of the values that it reads
  /// @param writes ids of the values that it makes
  /// @param updates names of the variables whose memory it writes
  /// @param after indices of the tasks that it waits for
  /// @param start predicted start, from the start of the run
  /// @param end predicted end
  /// @param inside what it runs, if it is a branch or a loop
  public record Task(
      int index,
      Kind kind,
      String device,
      Lane lane,
      String name,
      String text,
      long bytes,
      List<Integer> operations,
      List<Integer> repeated,
      long savedBytes,
      List<Integer> reads,
      List<Integer> writes,
      List<String> updates,
      List<Integer> after,
      double start,
      double end,
      List<Inner> inside) {
    /// Copies the lists.
    public Task {
      operations = List.copyOf(operations);
      repeated = List.copyOf(repeated);
      reads = List.copyOf(reads);
      writes = List.copyOf(writes);
      updates = List.copyOf(updates);
      after = List.copyOf(after);
      inside = List.copyOf(inside);
    }
  }

  /// Sorts of tasks.
  public enum Kind {
    /// Brings an input up.
    UPLOAD,
    /// Runs a region: operations fused into one.
    REGION,
    /// Runs a branch or a loop.
    CONTROL,
    /// Brings a value of another device up from the host.
    BRIDGE,
    /// Copies a value within a device.
    COPY,
    /// Brings a value down: to the caller, for another device, or for a decision.
    DOWNLOAD
  }

  /// Queues of a device.
  public enum Lane {
    /// Towards the device.
    UPLOAD,
    /// On the device.
    COMPUTE,
    /// Away from the device.
    DOWNLOAD
  }

  /// A plan inside a branch or a loop.
  ///
  /// @param when on what occasion it runs, such as `at each trip`
  /// @param plan what it does each time; memory is counted in the plan around it
  public record Inner(String when, PlanReport plan) {}

  /// A value that left the memory of its device and is there again.
  ///
  /// @param value what it is
  /// @param device where it lies
  /// @param way how it came back
  /// @param bytes its size, all that the task makes
  /// @param seconds expected time of the tasks for it, some of which may be hidden behind others
  /// @param task index of the task that brings it back
  public record Return(
      String value, String device, Way way, long bytes, double seconds, int task) {}

  /// How values come back.
  public enum Way {
    /// What made it runs again.
    COMPUTED_AGAIN,
    /// It went to the host and comes from there.
    SWAPPED,
    /// The host has it anyway.
    UPLOADED_AGAIN,
    /// A variable that lives on the host, where its next value goes.
    KEPT_ON_HOST
  }

  /// Bytes of one kind that a run moves over the bridge; those inside branches and loops come on
  /// top.
  ///
  /// @param from id of a device, or [ByteMeter#HOST]
  /// @param to id of a device, or [ByteMeter#HOST]
  /// @param purpose why
  /// @param bytes how many
  /// @param transfers in how many transfers
  public record Traffic(
      String from, String to, ByteMeter.Purpose purpose, long bytes, int transfers) {}

  /// Bytes in one direction.
  ///
  /// @param planned what a run moves
  /// @param leastHere what any plan with the same operations on the same devices moves: each value
  ///   once to each place that needs it
  /// @param least what any plan of the graph moves: inputs that are read, and results that are
  ///   computed
  public record Bytes(long planned, long leastHere, long least) {}

  /// What real runs took.
  ///
  /// @param runs how many were measured
  /// @param seconds median of their times
  /// @param fastest shortest of their times
  /// @param tasks when tasks ran in the run of median time
  public record Measured(int runs, double seconds, double fastest, List<Span> tasks) {
    /// Copies the list.
    public Measured {
      tasks = List.copyOf(tasks);
    }
  }

  /// When a task ran, in seconds from the start of the run: from when it was handed over and its
  /// queue was free, to when the host saw that it had ended.
  ///
  /// @param index place among the tasks
  public record Span(int index, double start, double end) {}

  /// The same with times of real runs.
  public PlanReport withMeasured(Measured times) {
    return new PlanReport(
        graph,
        seconds,
        freeSeconds,
        placement,
        devices,
        operations,
        values,
        tasks,
        returns,
        traffic,
        up,
        down,
        Optional.of(times));
  }

  /// Bytes on all devices and of all purposes, for people.
  public String text() {
    return PlanText.of(this);
  }

  /// For programs: the components of these records, by name.
  public String json() {
    return Json.indented(this);
  }

  /// A page that draws the plan, which needs nothing but a browser.
  public String html() {
    return PlanPage.of(this);
  }
}
