package org.tombolo.cli;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/// Holds the map of modules and packages. The command line is where these rules live because every
/// library module is on its class path.
@AnalyzeClasses(packages = "org.tombolo", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  /// Library module by package: the other modules that it may use.
  private static final Map<String, List<String>> USES =
      Map.ofEntries(
          entry("graph", List.of()),
          entry("device", List.of("graph")),
          entry("cpu", List.of("graph", "device")),
          entry("opencl", List.of("graph", "device")),
          entry("scheduler", List.of("graph", "device")),
          entry("nn", List.of("graph", "device", "scheduler")),
          entry("kernels", List.of("graph", "device", "scheduler")),
          entry("onnx", List.of("graph", "device", "scheduler")),
          entry("conformance", List.of("graph", "device", "scheduler")),
          entry("examples", List.of("graph", "device", "scheduler", "nn", "onnx", "kernels")),
          entry(
              "cli",
              List.of("graph", "device", "scheduler", "nn", "onnx", "examples", "conformance")));

  /// Packages outside the project and the Java platform that a module may use.
  private static final Map<String, List<String>> LIBRARIES =
      Map.ofEntries(
          entry("graph", List.of()),
          entry("device", List.of()),
          entry("cpu", List.of("jdk.incubator.vector..")),
          entry("opencl", List.of("org.jocl..")),
          entry("scheduler", List.of()),
          entry("nn", List.of()),
          entry("kernels", List.of()),
          entry("onnx", List.of()),
          entry("conformance", List.of()),
          entry("examples", List.of()),
          entry("cli", List.of("picocli..")));

  @ArchTest
  static void everyModuleIsSeen(JavaClasses classes) {
    Set<String> seen = new TreeSet<>();
    for (JavaClass type : classes) {
      seen.add(type.getPackageName().split("\\.")[2]);
    }
    assertEquals(new TreeSet<>(USES.keySet()), seen);
  }

  @ArchTest
  static void dependenciesPointOneWay(JavaClasses classes) {
    USES.forEach((module, uses) -> {
      String[] allowed =
          Stream.concat(Stream.of(module), uses.stream())
              .map(ArchitectureTest::in)
              .toArray(String[]::new);
      noClasses()
          .that()
          .resideInAPackage(in(module))
          .should()
          .dependOnClassesThat(
              resideInAPackage("org.tombolo..").and(not(resideInAnyPackage(allowed))))
          .because(module + " may use " + uses + " only")
          .check(classes);
    });
  }

  @ArchTest
  static final ArchRule PACKAGES_ARE_FREE_OF_CYCLES =
      slices().matching("org.tombolo.(**)").should().beFreeOfCycles();

  @ArchTest
  static void everyLibraryIsAllowedByName(JavaClasses classes) {
    LIBRARIES.forEach((module, libraries) -> {
      String[] allowed =
          Stream.concat(
                  Stream.of("java..", "javax..", "jdk.jfr..", "org.jspecify..", "org.tombolo.."),
                  libraries.stream())
              .toArray(String[]::new);
      noClasses()
          .that()
          .resideInAPackage(in(module))
          .should()
          .dependOnClassesThat(not(resideInAnyPackage(allowed)))
          .because(module + " may use these libraries only: " + libraries)
          .check(classes);
    });
  }

  @ArchTest
  static final ArchRule NO_FOREIGN_TYPE_IN_A_PUBLIC_SIGNATURE =
      classes()
          .that()
          .resideInAPackage("org.tombolo..")
          .and()
          .resideOutsideOfPackage("org.tombolo.cli..")
          .and()
          .doNotHaveFullyQualifiedName("org.tombolo.cpu.math.VectorFunctions") // for generated code
          .should(showNoTypeOf("jdk.incubator..", "org.jocl.."));

  @ArchTest
  static final ArchRule LIBRARIES_DO_NOT_PRINT =
      noClasses()
          .that()
          .resideInAPackage("org.tombolo..")
          .and()
          .resideOutsideOfPackages("org.tombolo.cli..", "org.tombolo.examples..")
          .should(ACCESS_STANDARD_STREAMS)
          .because("libraries log through System.Logger; only the command line and examples print");

  @ArchTest
  static final ArchRule LOGGING_IS_SYSTEM_LOGGER =
      noClasses()
          .should()
          .dependOnClassesThat(resideInAPackage("java.util.logging.."))
          .because("System.Logger leaves the choice of a log to the application");

  /// Class.forName would slip past the rules on dependencies, so look for the name in any form.
  @ArchTest
  static void theSchedulerNamesNoDriver(JavaClasses classes) throws IOException {
    for (JavaClass type : classes.that(resideInAPackage("org.tombolo.scheduler.."))) {
      URI uri = type.getSource().orElseThrow().getUri();
      try (var bytes = uri.toURL().openStream()) {
        String text = new String(bytes.readAllBytes(), ISO_8859_1).replace('/', '.');
        for (String driver : List.of("org.tombolo.cpu", "org.tombolo.opencl")) {
          assertTrue(!text.contains(driver), () -> type.getName() + " names " + driver);
        }
      }
    }
  }

  @ArchTest
  static final ArchRule INTERNALS_OF_THE_SCHEDULER_STAY_INSIDE =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.tombolo.scheduler..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                  "org.tombolo.scheduler.assignment..",
                  "org.tombolo.scheduler.regions..",
                  "org.tombolo.scheduler.schedule.."))
          .because("they are public for the scheduler alone");

  @ArchTest
  static final ArchRule ASSIGNMENT_KNOWS_NO_GRAPHS =
      noClasses()
          .that()
          .resideInAPackage("org.tombolo.scheduler.assignment..")
          .should()
          .dependOnClassesThat(resideInAnyPackage("org.tombolo.graph..", "org.tombolo.device.."))
          .because("it is a problem of numbers");

  @ArchTest
  static void noPackageIsSplitBetweenModules(JavaClasses classes) {
    Map<String, Set<String>> homes = new TreeMap<>();
    for (JavaClass type : classes) {
      String uri = type.getSource().orElseThrow().getUri().toString();
      String home = uri.substring(0, uri.length() - (type.getName().length() + ".class".length()));
      homes.computeIfAbsent(type.getPackageName(), _ -> new HashSet<>()).add(home);
    }
    homes.forEach((name, places) -> assertEquals(1, places.size(), () -> name + ": " + places));
  }

  @ArchTest
  static void everyPackageIsNullMarked(JavaClasses classes) {
    Set<String> unmarked = new TreeSet<>();
    for (JavaClass type : classes) {
      JavaPackage home = type.getPackage();
      if (!home.isAnnotatedWith(NullMarked.class)) {
        unmarked.add(home.getName());
      }
    }
    assertEquals(Set.of(), unmarked, "packages whose package-info.java lacks @NullMarked");
  }

  private static String in(String module) {
    return "org.tombolo." + module + "..";
  }

  private static ArchCondition<JavaClass> showNoTypeOf(String... packages) {
    var foreign = resideInAnyPackage(packages);
    var shown =
        describe(
            "public or protected",
            (JavaMember member) ->
                member.getModifiers().contains(JavaModifier.PUBLIC)
                    || member.getModifiers().contains(JavaModifier.PROTECTED));
    return new ArchCondition<>("show no type of " + String.join(", ", packages)) {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        if (!isPublicThroughout(type)) {
          return;
        }
        for (JavaMember member : type.getMembers()) {
          if (!shown.test(member)) {
            continue;
          }
          Stream<JavaClass> types =
              switch (member) {
                case JavaField field -> field.getType().getAllInvolvedRawTypes().stream();
                case JavaCodeUnit unit ->
                    Stream.concat(
                        unit.getReturnType().getAllInvolvedRawTypes().stream(),
                        unit.getParameterTypes().stream()
                            .flatMap(parameter -> parameter.getAllInvolvedRawTypes().stream()));
                default -> throw new AssertionError(member);
              };
          types
              .filter(foreign)
              .forEach(bad ->
                  events.add(
                      SimpleConditionEvent.violated(
                          member, member.getFullName() + " shows " + bad.getName())));
        }
      }
    };
  }

  private static boolean isPublicThroughout(JavaClass type) {
    return type.getModifiers().contains(JavaModifier.PUBLIC)
        && type.getEnclosingClass().map(ArchitectureTest::isPublicThroughout).orElse(true);
  }
}
