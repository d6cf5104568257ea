package org.tombolo.scheduler.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/// A page of its own that draws a plan. Style, script and data are part of it; it loads nothing.
final class PlanPage {
  private PlanPage() {}

  static String of(PlanReport plan) {
    return resource("plan.html")
        .replace("@STYLE@", resource("plan.css"))
        .replace("@SCRIPT@", resource("layout.js") + resource("view.js"))
        .replace("@PLAN@", embedded(Json.compact(plan)));
  }

  /// JSON that no name in it can end the element around it with: `<` occurs in strings alone.
  private static String embedded(String json) {
    return json.replace("<", "\\u003c");
  }

  private static String resource(String name) {
    try (InputStream in = Objects.requireNonNull(PlanPage.class.getResourceAsStream(name), name)) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
