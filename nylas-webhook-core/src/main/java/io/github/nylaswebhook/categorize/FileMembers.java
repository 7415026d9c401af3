package io.github.nylaswebhook.categorize;

import io.github.nylaswebhook.categorize.RuleFormatException.Problem;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * An object in a file of rules, read strictly: what isn't as it should be is noted as a problem,
 * and counts as not given, so that all problems are found in one go.
 */
final class FileMembers {
  private final FileNode node;
  private final Map<?, ?> members;
  private final List<Problem> problems;

  /** Members beside the known ones are problems; so is anything that is no object. */
  FileMembers(FileNode node, Set<String> known, List<Problem> problems) {
    this.node = node;
    this.problems = problems;
    if (node.value() instanceof Map<?, ?> map) {
      members = map;
    } else {
      members = Map.of();
      problem(node, "an object");
    }
    for (Map.Entry<?, ?> entry : members.entrySet()) {
      FileNode member = (FileNode) entry.getValue();
      String name = (String) entry.getKey();
      if (!known.contains(name)) {
        problems.add(
            new Problem(
                member.path(),
                member.line(),
                "the unknown member " + FileNode.quoted(name),
                "one of "
                    + String.join(", ", known)
                    + nearest(name, known)
                        .map(near -> " (did you mean \"" + near + "\"?)")
                        .orElse("")));
      }
    }
  }

  private void problem(FileNode at, String expected) {
    problems.add(new Problem(at.path(), at.line(), at.shown(), expected));
  }

  /** Notes that this object as a whole isn't right. */
  void problem(String found, String expected) {
    problems.add(new Problem(node.path(), node.line(), found, expected));
  }

  boolean isObject() {
    return node.value() instanceof Map;
  }

  /** The names of those members that are among these. */
  List<String> given(Set<String> names) {
    return names.stream().filter(members::containsKey).toList();
  }

  Optional<FileNode> get(String name) {
    return Optional.ofNullable((FileNode) members.get(name));
  }

  /** A text that isn't blank. */
  Optional<String> text(String name) {
    return get(name).flatMap(this::text);
  }

  private Optional<String> text(FileNode at) {
    if (at.value() instanceof String text && !text.isBlank()) {
      return Optional.of(text);
    }
    problem(
        at, at.value() instanceof FileNode.Numeral ? "text, in quotes" : "text that isn't blank");
    return Optional.empty();
  }

  /** A text that this makes something of; what it throws is the problem. */
  <T> Optional<T> parsed(String name, String expected, Function<String, T> parse) {
    return get(name)
        .flatMap(
            at -> {
              Optional<String> text = text(at);
              try {
                return text.map(parse);
              } catch (RuntimeException e) {
                // A zone or a time; the exceptions of java.time have words of their own.
                problem(at, expected);
                return Optional.empty();
              }
            });
  }

  Optional<Boolean> bool(String name) {
    return get(name)
        .flatMap(
            at -> {
              if (at.value() instanceof Boolean bool) {
                return Optional.of(bool);
              }
              problem(at, "true or false");
              return Optional.empty();
            });
  }

  /** One of the values of an enum, by its name in lower case. */
  <E extends Enum<E>> Optional<E> oneOf(String name, Class<E> type) {
    return get(name).flatMap(at -> oneOf(at, type));
  }

  private <E extends Enum<E>> Optional<E> oneOf(FileNode at, Class<E> type) {
    List<String> names = new ArrayList<>();
    for (E value : type.getEnumConstants()) {
      String lower = value.name().toLowerCase(Locale.ROOT);
      if (lower.equals(at.value())) {
        return Optional.of(value);
      }
      names.add(lower);
    }
    String near =
        at.value() instanceof String text
            ? nearest(text, names).map(other -> " (did you mean \"" + other + "\"?)").orElse("")
            : "";
    problem(at, names.stream().map(n -> "\"" + n + "\"").collect(Collectors.joining(", ")) + near);
    return Optional.empty();
  }

  <E extends Enum<E>> Set<E> setOf(String name, Class<E> type) {
    Set<E> values = new LinkedHashSet<>();
    get(name)
        .ifPresent(
            at -> elements(at, "a list").forEach(e -> oneOf(e, type).ifPresent(values::add)));
    return values;
  }

  /** Texts that aren't blank, at least one; a single one may stand without a list. */
  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    get(name)
        .ifPresent(
            at -> {
              if (at.value() instanceof String) {
                text(at).ifPresent(texts::add);
              } else {
                elements(at, "text, or a list of texts")
                    .forEach(element -> text(element).ifPresent(texts::add));
              }
            });
    return texts;
  }

  /** The elements of a list that has some. */
  List<FileNode> elements(String name) {
    return get(name).map(at -> elements(at, "a list")).orElse(List.of());
  }

  private List<FileNode> elements(FileNode at, String expected) {
    List<FileNode> elements = new ArrayList<>();
    if (at.value() instanceof List<?> list && !list.isEmpty()) {
      list.forEach(element -> elements.add((FileNode) element));
    } else {
      problem(at, at.value() instanceof List ? "at least one element" : expected);
    }
    return elements;
  }

  /** The name that differs least, if it doesn't differ too much. */
  private static Optional<String> nearest(String name, Iterable<String> known) {
    Optional<String> nearest = Optional.empty();
    int least = Math.max(1, name.length() / 3) + 1;
    for (String candidate : known) {
      int distance = distance(name.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
      if (distance < least) {
        least = distance;
        nearest = Optional.of(candidate);
      }
    }
    return nearest;
  }

  /** Levenshtein's; a pair of letters in the wrong order is one mistake only. */
  private static int distance(String a, String b) {
    if (Math.abs(a.length() - b.length()) > 5) {
      return Integer.MAX_VALUE;
    }
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
