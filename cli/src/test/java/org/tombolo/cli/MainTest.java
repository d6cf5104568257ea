package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the command says of itself, and how it takes mistakes.
class MainTest {
  @Test
  void helpNamesEveryCommandAndTheExitStatus() {
    Cli help = Cli.run("--help").ok();
    for (String command :
        new String[] {"train", "explain", "devices", "doctor", "conformance", "prove-transfers"}) {
      help.prints("  " + command + " +[A-Z].*");
    }
    help.prints("Exit status: 0 done; .*");
    assertTrue(help.out().lines().allMatch(line -> line.length() <= 100), help.out());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"train", "explain", "devices", "doctor", "conformance", "prove-transfers"})
  void everyCommandHasHelp(String command) {
    Cli.run(command, "--help").ok().prints("Usage: tombolo " + command + " .*");
  }

  @Test
  void versionNamesTomboloAndJava() {
    Cli.run("--version").ok().prints("tombolo .*").prints("Java \\d+.*");
  }

  @Test
  void nothingToDoIsAMistake() {
    Cli.run().isMistake("Missing required subcommand\n  try: tombolo --help");
  }

  @Test
  void aCommandThatIsNearlyRightIsGuessed() {
    Cli.run("trian")
        .isMistake(
            "Unmatched argument at index 0: 'trian'; did you mean train?\n  try: tombolo --help");
  }

  @Test
  void anOptionThatIsNearlyRightIsGuessed() {
    Cli.run("train", "digits", "--epoch", "3")
        .isMistake(
            "Unknown options: '--epoch', '3'; did you mean --epochs?\n  try: tombolo train --help");
  }

  @Test
  void aTaskMustBeGivenAndKnown() {
    Cli.run("train").isMistake("Missing required parameter: 'TASK'\n  try: tombolo train --help");
    Cli.run("explain", "letters")
        .isMistake(
            "Invalid value for positional parameter at index 0 (MODEL): 'letters'; need one of digits,"
                + " clothing, mlp, lenet, resnet-18, mobilenet-v2, lstm, bert, gpt, u-net, embedding,"
                + " mixture-of-experts\n  try: tombolo explain --help");
    Cli.run("train", "letters")
        .isMistake(
            "Invalid value for positional parameter at index 0 (TASK): 'letters'; need digits or"
                + " clothing\n  try: tombolo train --help");
  }

  @ParameterizedTest
  @CsvSource({
    "--epochs, 0, a whole number from 1 to 2147483647",
    "--epochs, -3, a whole number from 1 to 2147483647",
    "--batch, many, a whole number from 1 to 2147483647",
    "--batch, 99999999999, a whole number from 1 to 2147483647",
    "--losses, 1.5, a whole number from 1 to 2147483647",
    "--rate, 0, a number above 0",
    "--rate, NaN, a number above 0",
    "--rate, Infinity, a number above 0",
    "--rate, fast, a number above 0",
  })
  void badNumbersAreNamed(String option, String value, String needed) {
    Cli run = Cli.run("train", "digits", option, value);
    assertTrue(run.err().startsWith("Invalid value for option '" + option + "'"), run.err());
    assertTrue(run.err().contains("'%s'; need %s\n  try: ".formatted(value, needed)), run.err());
    assertEquals(2, run.status());
    assertEquals("", run.out());
  }

  @Test
  void aSeedMustBeAWholeNumber() {
    Cli run = Cli.run("train", "digits", "--seed", "x");
    assertEquals(2, run.status());
    assertTrue(run.err().contains("'--seed'") && run.err().contains("'x'"), run.err());
  }

  @Test
  void debugShowsWhereAnErrorComesFrom() {
    String[] command = {"train", "digits", "--device", "abacus"};
    assertFalse(Cli.run(command).err().contains("\tat "));
    Cli debugged = Cli.run("train", "digits", "--device", "abacus", "--debug");
    assertTrue(debugged.err().contains("\tat org.tombolo."), debugged.err());
    assertEquals(2, debugged.status());
  }

  @Test
  void whatIsNotOursIsNamedWithItsClass() {
    assertEquals(
        "java.lang.IllegalStateException: odd\n"
            + "  try: the same with --debug, which shows where this comes from",
        Failures.text(new IllegalStateException("odd")));
    assertEquals(ExitStatus.FAILED, Failures.status(new IllegalStateException("odd")));
  }

  @Test
  void aFullHeapSaysHowToHaveMore() {
    String text = Failures.text(new OutOfMemoryError("Java heap space"));
    assertTrue(text.contains("Java heap space\n  try: more of it"), text);
    assertEquals(ExitStatus.FAILED, Failures.status(new OutOfMemoryError()));
  }
}
