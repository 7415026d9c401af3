package io.github.nylaswebhook.categorize;

import io.github.nylaswebhook.categorize.Condition.HeaderTest;
import io.github.nylaswebhook.categorize.RuleFormatException.Problem;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/** Makes rules of what a file holds, and notes everything that is wrong in it. */
final class RuleReader {
  private static final Set<String> TOP =
      names(
          "$schema",
          "strategy",
          "extends",
          "default",
          "vip",
          "priorityWords",
          "officeHours",
          "rules");
  private static final Set<String> RULE =
      names(
          "name",
          "all",
          "any",
          "none",
          "category",
          "priority",
          "raise",
          "tags",
          "route",
          "stop",
          "weak");
  private static final Set<String> EFFECTS =
      names("category", "priority", "raise", "tags", "route", "stop");
  private static final Set<String> TEXTUAL = names("words", "phrase", "regex");
  private static final Set<String> KEYWORDS = names("words", "phrase");
  private static final Set<String> KINDS =
      names(
          "words",
          "phrase",
          "regex",
          "substring",
          "from",
          "fromDomain",
          "to",
          "cc",
          "recipient",
          "header",
          "attachment",
          "followUp");
  private static final Set<String> CONDITION = names(names(KINDS, "in"), "except");
  private static final Set<String> HEADER_TESTS = names("contains", "equals", "matches", "present");
  private static final Set<String> HEADER = names(HEADER_TESTS, "name");

  /** What a file may build upon. */
  private enum Base {
    STANDARD,
    TUTORIAL,
    NONE
  }

  /** To the second, as the schema has it; strictly, so that there is no 24:00. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm[:ss]", Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT);

  private final List<Problem> problems;

  private RuleReader(List<Problem> problems) {
    this.problems = problems;
  }

  /**
   * The rules.
   *
   * @param problems what was noted before
   * @throws RuleFormatException if anything is or was noted
   */
  static RuleSet read(FileNode file, List<Problem> problems) throws RuleFormatException {
    RuleSet.Builder builder = new RuleReader(problems).ruleSet(file);
    if (!problems.isEmpty()) {
      throw new RuleFormatException(problems);
    }
    return builder.build();
  }

  private static Set<String> names(String... names) {
    return new LinkedHashSet<>(List.of(names));
  }

  private static Set<String> names(Set<String> names, String another) {
    Set<String> all = new LinkedHashSet<>(names);
    all.add(another);
    return all;
  }

  private RuleSet.Builder ruleSet(FileNode file) {
    RuleSet.Builder builder = RuleSet.builder();
    FileMembers top = new FileMembers(file, TOP, problems);
    top.text("$schema");
    top.oneOf("extends", Base.class)
        .ifPresent(
            base -> {
              if (base == Base.STANDARD) {
                builder.extend(RuleSet.standard());
              } else if (base == Base.TUTORIAL) {
                builder.extend(RuleSet.tutorial());
              }
            });
    top.oneOf("strategy", Strategy.class).ifPresent(builder::strategy);
    top.get("default").ifPresent(node -> defaults(node, builder));
    top.get("vip").ifPresent(node -> vips(node, builder));
    top.get("priorityWords").ifPresent(node -> priorityWords(node, builder));
    top.get("officeHours").ifPresent(node -> officeHours(node, builder));
    for (FileNode rule : top.elements("rules")) {
      rule(rule).ifPresent(builder::rule);
    }
    if (top.isObject() && top.given(names("extends", "rules")).isEmpty()) {
      top.problem("neither \"rules\" nor \"extends\"", "one of them");
    }
    return builder;
  }

  private void defaults(FileNode node, RuleSet.Builder builder) {
    FileMembers members = new FileMembers(node, names("category", "priority"), problems);
    builder.otherwise(
        members.text("category").orElse(RuleSet.GENERAL),
        members.oneOf("priority", Priority.class).orElse(Priority.LOW));
  }

  private void vips(FileNode node, RuleSet.Builder builder) {
    FileMembers members =
        new FileMembers(node, names("senders", "domains", "priority", "tags"), problems);
    builder.vipSenders(members.texts("senders"));
    builder.vipDomains(members.texts("domains"));
    builder.vipEffect(
        members.oneOf("priority", Priority.class).orElse(Priority.HIGH), members.texts("tags"));
    if (members.isObject() && members.given(names("senders", "domains")).isEmpty()) {
      members.problem("neither \"senders\" nor \"domains\"", "one of them");
    }
  }

  private void priorityWords(FileNode node, RuleSet.Builder builder) {
    FileMembers members = new FileMembers(node, names("medium", "high", "except"), problems);
    members
        .get("except")
        .ifPresent(
            phrases -> valid(phrases, () -> builder.priorityWordsExcept(members.texts("except"))));
    for (Priority priority : List.of(Priority.MEDIUM, Priority.HIGH)) {
      members
          .get(priority.label())
          .ifPresent(
              words ->
                  valid(
                      words,
                      () -> builder.priorityWords(priority, members.texts(priority.label()))));
    }
  }

  private void officeHours(FileNode node, RuleSet.Builder builder) {
    FileMembers members =
        new FileMembers(node, names("zone", "days", "from", "to", "outside"), problems);
    required(members, "zone", "from", "to", "outside");
    Optional<ZoneId> zone =
        members.parsed("zone", "a time zone, for example \"Europe/Berlin\"", ZoneId::of);
    Optional<LocalTime> from = members.parsed("from", "a time like \"09:00\"", RuleReader::time);
    Optional<LocalTime> to = members.parsed("to", "a time like \"17:30\"", RuleReader::time);
    Set<DayOfWeek> days = days(members);
    Optional<FileNode> outside = members.get("outside");
    if (outside.isEmpty()) {
      return;
    }
    FileMembers effect = new FileMembers(outside.get(), names("raise", "tags"), problems);
    Optional<Priority> raise = effect.oneOf("raise", Priority.class);
    List<String> tags = effect.texts("tags");
    if (effect.isObject() && effect.given(names("raise", "tags")).isEmpty()) {
      effect.problem("neither \"raise\" nor \"tags\"", "one of them");
    }
    if (zone.isPresent() && from.isPresent() && to.isPresent()) {
      valid(
          node,
          () ->
              builder.outside(
                  new OfficeHours(zone.get(), days, from.get(), to.get()),
                  raise.orElse(Priority.LOW),
                  tags));
    }
  }

  private static LocalTime time(String text) {
    return LocalTime.parse(text, TIME);
  }

  private static Set<DayOfWeek> days(FileMembers members) {
    Set<DayOfWeek> days = members.setOf("days", DayOfWeek.class);
    return days.isEmpty() ? OfficeHours.WEEKDAYS : days;
  }

  private static void required(FileMembers members, String... names) {
    for (String name : names) {
      if (members.isObject() && members.get(name).isEmpty()) {
        members.problem("no \"" + name + "\"", "it");
      }
    }
  }

  private Optional<Rule> rule(FileNode node) {
    int before = problems.size();
    FileMembers members = new FileMembers(node, RULE, problems);
    Optional<String> category = members.text("category");
    Optional<String> name = members.text("name").or(() -> category);
    if (members.isObject()) {
      if (members.given(names("name", "category")).isEmpty()) {
        members.problem("neither \"name\" nor \"category\"", "a name");
      }
      if (members.given(names("all", "any", "none")).isEmpty()) {
        members.problem("no conditions", "\"all\", \"any\" or \"none\"");
      }
      if (members.given(EFFECTS).isEmpty()) {
        members.problem("no effects", "one of " + String.join(", ", EFFECTS));
      }
    }
    Rule.Builder rule = Rule.builder(name.orElse("?"));
    category.ifPresent(rule::category);
    rule.all(conditions(members, "all"));
    rule.any(conditions(members, "any"));
    rule.none(conditions(members, "none"));
    members.oneOf("priority", Priority.class).ifPresent(rule::priority);
    members.oneOf("raise", Priority.class).ifPresent(rule::raise);
    rule.tags(members.texts("tags").toArray(String[]::new));
    members.text("route").ifPresent(rule::route);
    if (members.bool("stop").orElse(false)) {
      rule.stop();
    }
    if (members.bool("weak").orElse(false)) {
      rule.weak();
    }
    if (problems.size() > before) {
      return Optional.empty();
    }
    return valid(node, rule::build);
  }

  private Condition[] conditions(FileMembers rule, String name) {
    List<Condition> conditions = new ArrayList<>();
    for (FileNode node : rule.elements(name)) {
      condition(node).ifPresent(conditions::add);
    }
    return conditions.toArray(Condition[]::new);
  }

  private Optional<Condition> condition(FileNode node) {
    FileMembers members = new FileMembers(node, CONDITION, problems);
    List<String> kinds = members.given(KINDS);
    if (kinds.size() != 1) {
      if (members.isObject()) {
        members.problem(
            kinds.isEmpty() ? "no condition" : String.join(" and ", kinds),
            "exactly one of " + String.join(", ", KINDS));
      }
      return Optional.empty();
    }
    String kind = kinds.get(0);
    beside(members, "in", kind, TEXTUAL);
    beside(members, "except", kind, KEYWORDS);
    TextPart part = members.oneOf("in", TextPart.class).orElse(TextPart.ANYWHERE);
    List<String> except = members.texts("except");
    return switch (kind) {
      case "words" -> of(members, kind, words -> Condition.words(words).except(except).in(part));
      case "phrase" ->
          of(members, kind, phrases -> Condition.phrases(phrases).except(except).in(part));
      case "regex" -> ofText(members, kind, text -> Condition.regex(text).in(part));
      case "substring" ->
          of(members, kind, parts -> Condition.substring(parts.toArray(String[]::new)));
      case "from" -> ofText(members, kind, Condition::from);
      case "fromDomain" -> ofText(members, kind, Condition::fromDomain);
      case "to" -> ofText(members, kind, Condition::to);
      case "cc" -> ofText(members, kind, Condition::cc);
      case "recipient" -> ofText(members, kind, Condition::recipient);
      case "attachment" -> ofText(members, kind, Condition::attachmentType);
      case "followUp" -> members.bool(kind).map(Condition.FollowUp::new);
      default -> members.get(kind).flatMap(this::header);
    };
  }

  private void beside(FileMembers members, String name, String kind, Set<String> allowed) {
    members
        .get(name)
        .filter(node -> !allowed.contains(kind))
        .ifPresent(
            node ->
                problems.add(
                    new Problem(
                        node.path(),
                        node.line(),
                        FileNode.quoted(name) + " beside " + FileNode.quoted(kind),
                        "it with " + String.join(", ", allowed) + " only")));
  }

  private Optional<Condition> of(
      FileMembers members, String name, Function<List<String>, Condition> make) {
    List<String> texts = members.texts(name);
    return texts.isEmpty()
        ? Optional.empty()
        : members.get(name).flatMap(at -> valid(at, () -> make.apply(texts)));
  }

  private Optional<Condition> ofText(
      FileMembers members, String name, Function<String, Condition> make) {
    return members
        .text(name)
        .flatMap(text -> members.get(name).flatMap(at -> valid(at, () -> make.apply(text))));
  }

  private Optional<Condition> header(FileNode node) {
    FileMembers members = new FileMembers(node, HEADER, problems);
    required(members, "name");
    List<String> tests = members.given(HEADER_TESTS);
    if (tests.size() != 1) {
      if (members.isObject()) {
        members.problem(
            tests.isEmpty() ? "no test" : String.join(" and ", tests),
            "exactly one of " + String.join(", ", HEADER_TESTS));
      }
      return Optional.empty();
    }
    Optional<String> name = members.text("name");
    if (tests.get(0).equals("present")) {
      Optional<Boolean> present = members.bool("present");
      if (name.isEmpty() || present.isEmpty()) {
        return Optional.empty();
      }
      HeaderTest test = present.get() ? HeaderTest.PRESENT : HeaderTest.ABSENT;
      return valid(node, () -> new Condition.HeaderValue(name.get(), test, ""));
    }
    HeaderTest test =
        Map.of("contains", HeaderTest.CONTAINS, "equals", HeaderTest.EQUALS)
            .getOrDefault(tests.get(0), HeaderTest.MATCHES);
    return name.flatMap(
        header ->
            ofText(members, tests.get(0), value -> new Condition.HeaderValue(header, test, value)));
  }

  /** What can't be is a problem; the exceptions of conditions say why. */
  private <T> Optional<T> valid(FileNode at, Supplier<T> make) {
    try {
      return Optional.of(make.get());
    } catch (IllegalArgumentException e) {
      problems.add(new Problem(at.path(), at.line(), at.shown(), "what can be: " + e.getMessage()));
      return Optional.empty();
    }
  }
}
