package io.github.nylaswebhook.categorize;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/** A file holds something else than rules. Its message names the problems, one a line. */
public final class RuleFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /** How many problems the message names: it is for people, and for the log. */
  private static final int MOST_NAMED = 100;

  private final transient List<Problem> problems;

  /**
   * Something that is wrong in a file of rules.
   *
   * @param path where, for example {@code $.rules[3].any[0]}
   * @param line the line on which the value begins, from 1
   * @param found what is there
   * @param expected what should be
   */
  public record Problem(String path, int line, String found, String expected) {
    @Override
    public String toString() {
      return path + " (line " + line + "): found " + found + ", expected " + expected;
    }
  }

  RuleFormatException(List<Problem> problems) {
    super(message(problems));
    this.problems = List.copyOf(problems);
  }

  private static String message(List<Problem> problems) {
    String named =
        problems.stream()
            .limit(MOST_NAMED)
            .map(Problem::toString)
            .collect(Collectors.joining("\n"));
    int more = problems.size() - MOST_NAMED;
    return more > 0 ? named + "\nand " + more + " more" : named;
  }

  RuleFormatException(Problem problem) {
    this(List.of(problem));
  }

  /** All that was found, in the order of the file; empty only after serialization. */
  public List<Problem> problems() {
    return problems == null ? List.of() : problems;
  }
}
