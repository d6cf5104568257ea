package org.tombolo.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.nn.Network;
import org.tombolo.nn.zoo.Architecture;
import org.tombolo.scheduler.TransferProof;
import org.tombolo.scheduler.TransferProof.Method;
import org.tombolo.scheduler.TransferProof.Outcome;

/// Proofs of transfers as a table that is Markdown, too, and as data.
final class ProofTable {
  private static final List<Method> OTHERS =
      List.of(Method.ACCELERATOR, Method.HEAVIEST_INPUT, Method.SEED_AND_SWEEP, Method.HEFT);
  private static final String FORMAT =
      "| %-27s | %-1s | %13s | %13s | %6s | %9s | %5s | %9s | %-17s | %-17s | %-17s | %-17s |";

  private ProofTable() {}

  /// Proves one graph of a network on machines of several sizes. Values are all zero: what is
  /// computed decides nothing here.
  static List<TransferProof> proofs(
      Architecture architecture, boolean training, List<Integer> counts) {
    Network network = architecture.network(Architecture.Size.FULL);
    Graph graph = training ? network.training(architecture.optimizer(), 0) : network.forward();
    Map<String, Tensor> feeds = new LinkedHashMap<>();
    graph
        .inputs()
        .forEach(node -> {
          if (node.op() instanceof Op.Input(String name, var type)) {
            feeds.put(name, Tensor.full(type, 0));
          }
        });
    Map<String, Tensor> variables = new LinkedHashMap<>();
    graph
        .variables()
        .forEach(node -> {
          if (node.op() instanceof Op.Variable(String name, var type)) {
            variables.put(name, Tensor.full(type, 0));
          }
        });
    return counts.stream()
        .map(devices ->
            TransferProof.of(
                graph,
                architecture.machine(devices, Architecture.Size.FULL).withoutResults(),
                feeds,
                variables))
        .toList();
  }

  static List<String> header() {
    String titles =
        FORMAT.formatted(
            "graph",
            "n",
            "bytes up",
            "bytes down",
            "copies",
            "cost ms",
            "gap %",
            "run ms",
            "accelerator",
            "heaviest input",
            "seed and sweep",
            "HEFT");
    return List.of(titles, titles.replaceAll("[^|]", "-"));
  }

  static String row(TransferProof proof) {
    List<Object> cells = new ArrayList<>(List.of(proof.graph(), proof.devices()));
    proof
        .ran(Method.TOMBOLO)
        .ifPresentOrElse(
            ours ->
                cells.addAll(
                    List.of(
                        "%,d".formatted(ours.bytesUp()),
                        "%,d".formatted(ours.bytesDown()),
                        ours.transfers(),
                        "%.4f".formatted(ours.costSeconds() * 1e3),
                        "%.2f".formatted(Math.max(0, proof.gap()) * 100),
                        "%.4f".formatted(ours.makespanSeconds() * 1e3))),
            () -> cells.addAll(List.of("no plan", "", "", "", "", "")));
    OTHERS.forEach(method -> cells.add(compared(proof, method)));
    return FORMAT.formatted(cells.toArray());
  }

  /// Bytes, cost and time of a method as multiples of ours.
  private static String compared(TransferProof proof, Method method) {
    return proof
        .ran(method)
        .flatMap(other ->
            proof
                .ran(Method.TOMBOLO)
                .map(ours ->
                    "%s %s %s"
                        .formatted(
                            times(other.bytes(), ours.bytes()),
                            times(other.costSeconds(), ours.costSeconds()),
                            times(other.makespanSeconds(), ours.makespanSeconds()))))
        .orElse("no plan");
  }

  private static String times(double other, double ours) {
    double ratio = other / ours;
    return ratio < 100 ? "%.2f".formatted(ratio) : "%.0f".formatted(ratio);
  }

  static List<String> legend() {
    return List.of(
        "",
        "n: devices of the machine. Bytes and copies of one run, metered. Cost: what the placement",
        "costs by the estimates. Gap: how much more than the lower bound. Run: virtual time of a run.",
        "Other methods: their bytes, cost and run as multiples of ours; \"no plan\" where memory does",
        "not suffice.");
  }

  static List<Map<String, Object>> data(List<TransferProof> proofs) {
    return proofs.stream().map(ProofTable::data).toList();
  }

  private static Map<String, Object> data(TransferProof proof) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("graph", proof.graph());
    data.put("devices", proof.devices());
    data.put("lowerBoundSeconds", proof.lowerBoundSeconds());
    data.put("gap", proof.gap());
    data.put("failures", proof.failures());
    data.put("methods", proof.outcomes().stream().map(ProofTable::data).toList());
    return data;
  }

  private static Map<String, Object> data(Outcome outcome) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("method", outcome.method().toString());
    switch (outcome) {
      case Outcome.Failed(Method _, String reason) -> data.put("noPlan", reason);
      case Outcome.Ran ran -> {
        data.put("bytesUp", ran.bytesUp());
        data.put("bytesDown", ran.bytesDown());
        data.put("copies", ran.transfers());
        data.put("redundantCopies", ran.redundant());
        data.put("costSeconds", ran.costSeconds());
        data.put("runSeconds", ran.makespanSeconds());
        data.put("plannedIsMetered", ran.isMetered());
      }
    }
    return data;
  }
}
