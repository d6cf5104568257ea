package org.tombolo.cli.fuzz;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// A way to run a graph: on an engine as people do, one operation at a time on a device, or on the
/// reference.
interface Way {
  /// In messages.
  String name();

  /// The outputs, and the next values of assigned variables under [Program#next].
  Map<String, Tensor> run(Graph graph, Map<String, Tensor> inputs, Map<String, Tensor> variables);

  /// In double precision.
  record InTheory() implements Way {
    @Override
    public String name() {
      return "reference";
    }

    @Override
    public Map<String, Tensor> run(
        Graph graph, Map<String, Tensor> inputs, Map<String, Tensor> variables) {
      Reference.Result result = Reference.run(graph, inputs, variables);
      Map<String, Tensor> all = new HashMap<>(result.outputs());
      result.variables().forEach((name, value) -> all.put(Program.next(name), value));
      return all;
    }
  }

  /// Simplified, fused and planned; the second of two runs, from the same variables, must give the
  /// same bits, NaNs aside.
  record Planned(String name, Engine engine) implements Way {
    @Override
    public Map<String, Tensor> run(
        Graph graph, Map<String, Tensor> inputs, Map<String, Tensor> variables) {
      try (State state = engine.newState()) {
        variables.forEach(state::set);
        try (Plan plan = engine.compile(graph, state)) {
          Map<String, Tensor> first = once(plan, graph, state, inputs);
          variables.forEach(state::set);
          Map<String, Tensor> second = once(plan, graph, state, inputs);
          if (!first.keySet().stream().allMatch(name -> same(first.get(name), second.get(name)))) {
            throw new IllegalStateException("the second run differs from the first");
          }
          return first;
        }
      }
    }

    /// Whether two results have the same bits. Of a NaN any will do: which of two operands' a sum
    /// keeps may change when the code that adds them is compiled anew.
    private static boolean same(Tensor first, Tensor second) {
      return first.type().equals(second.type())
          && (first.type().dtype().isFloat()
              ? LongStream.range(0, first.type().size())
                  .allMatch(i -> Double.compare(first.at(i), second.at(i)) == 0)
              : first.equals(second));
    }

    private static Map<String, Tensor> once(
        Plan plan, Graph graph, State state, Map<String, Tensor> inputs) {
      Map<String, Tensor> all = new HashMap<>(plan.run(inputs));
      for (Node node : graph.assigns()) {
        if (node.op() instanceof Op.Assign(String variable)) {
          all.put(Program.next(variable), state.get(variable));
        }
      }
      return all;
    }
  }

  /// Every operation as a region of its own, as it is written.
  record Stepwise(String name, Device device) implements Way {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Override
    public Map<String, Tensor> run(
        Graph graph, Map<String, Tensor> inputs, Map<String, Tensor> variables) {
      Map<Node, Tensor> values = new HashMap<>();
      Map<String, Tensor> results = new LinkedHashMap<>();
      for (Node node : graph.nodes()) {
        List<Tensor> operands = node.inputs().stream().map(values::get).toList();
        Tensor value =
            switch (node.op()) {
              case Op.Input input -> inputs.get(input.name());
              case Op.Variable variable -> variables.get(variable.name());
              case Op.Constant constant -> constant.value();
              case Op.Assign assign -> {
                results.put(Program.next(assign.variable()), operands.get(0));
                yield operands.get(0);
              }
              case Op.Call call when device.refusal(call, types(node)).isPresent() ->
                  body(call, node, operands);
              case Op.Control(ControlFlow flow, int result) -> control(flow, operands).get(result);
              default -> step(node, operands);
            };
        values.put(node, value);
      }
      graph.outputs().forEach((name, node) -> results.put(name, values.get(node)));
      return results;
    }

    private static List<TensorType> types(Node node) {
      return node.inputs().stream().map(Node::type).toList();
    }

    private Tensor body(Op.Call call, Node node, List<Tensor> operands) {
      return outputs(call.function().graph(types(node)), operands).getFirst();
    }

    private List<Tensor> outputs(Graph graph, List<Tensor> operands) {
      Map<String, Tensor> inputs = new HashMap<>();
      for (int i = 0; i < operands.size(); i++) {
        inputs.put(((Op.Input) graph.inputs().get(i).op()).name(), operands.get(i));
      }
      Map<String, Tensor> results = run(graph, inputs, Map.of());
      return graph.outputs().keySet().stream().map(results::get).toList();
    }

    private List<Tensor> control(ControlFlow flow, List<Tensor> in) {
      return switch (flow) {
        case ControlFlow.If(Graph then, Graph otherwise) ->
            outputs(in.get(0).longAt(0) != 0 ? then : otherwise, in.subList(1, in.size()));
        case ControlFlow.While loop -> {
          List<Tensor> present = new ArrayList<>(in);
          List<TensorType> types = loop.infer(in.stream().map(Tensor::type).toList());
          List<Tensor> collected = new ArrayList<>();
          types
              .subList(loop.carried(), types.size())
              .forEach(type -> collected.add(Tensor.wrap(type, Tensor.allocate(type))));
          long limit = loop.limit().orElse(Long.MAX_VALUE);
          for (long trip = 0;
              trip < limit && outputs(loop.condition(), present).getFirst().longAt(0) != 0;
              trip++) {
            List<Tensor> next = outputs(loop.body(), present);
            for (int i = 0; i < collected.size(); i++) {
              collected.set(i, withRow(collected.get(i), trip, next.get(loop.carried() + i)));
            }
            for (int i = 0; i < loop.carried(); i++) {
              present.set(i, next.get(i));
            }
          }
          List<Tensor> results = new ArrayList<>(present.subList(0, loop.carried()));
          results.addAll(collected);
          yield results;
        }
      };
    }

    private static Tensor withRow(Tensor all, long index, Tensor row) {
      var memory = Tensor.allocate(all.type());
      memory.copyFrom(all.data());
      memory.asSlice(index * row.type().bytes(), row.type().bytes()).copyFrom(row.data());
      return Tensor.wrap(all.type(), memory);
    }

    private Tensor step(Node node, List<Tensor> operands) {
      GraphBuilder builder = new GraphBuilder(node.op().mnemonic());
      List<Node> in = new ArrayList<>();
      for (Tensor operand : operands) {
        in.add(builder.input("in" + in.size(), operand.type()));
      }
      builder.output("out", builder.add(node.op(), in));
      return launch(builder.build(), operands);
    }

    private Tensor launch(Graph graph, List<Tensor> operands) {
      Queue queue = device.queue(QueueRole.COMPUTE);
      List<Buffer> buffers = new ArrayList<>();
      try (Executable executable = device.compile(new Region(graph.name(), graph))) {
        List<Slice> in = new ArrayList<>();
        for (Tensor operand : operands) {
          Slice slice = allocate(buffers, operand.type().bytes());
          in.add(slice);
          queue
              .upload(operand.data(), HostMemory.VALID_DURING_CALL, slice, List.of())
              .await(PATIENCE);
        }
        Node out = graph.outputs().firstEntry().getValue();
        Slice result = allocate(buffers, out.type().bytes());
        Slice scratch = allocate(buffers, executable.scratchBytes());
        try (Launch launch = executable.bind(in, List.of(result), scratch)) {
          queue.launch(launch, List.of()).await(PATIENCE);
        }
        var host = Tensor.allocate(out.type());
        queue.download(result, host, List.of()).await(PATIENCE);
        return Tensor.wrap(out.type(), host);
      } finally {
        buffers.forEach(Buffer::close);
      }
    }

    private Slice allocate(List<Buffer> buffers, long bytes) {
      Buffer buffer = device.allocate(bytes);
      buffers.add(buffer);
      return Slice.all(buffer);
    }
  }
}
