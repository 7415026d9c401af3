package io.github.nylaswebhook.categorize;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a mail has to be like, and what becomes of it then. It matches if all of {@link #all()}, at
 * least one of {@link #any()} (if there are any) and none of {@link #none()} are met. Immutable.
 */
public final class Rule {
  private final String name;
  private final List<Condition> all;
  private final List<Condition> any;
  private final List<Condition> none;
  private final @Nullable String category;
  private final @Nullable Priority priority;
  private final @Nullable Priority raise;
  private final Set<String> tags;
  private final String route;
  private final boolean stop;
  private final boolean weak;

  private Rule(Builder builder) {
    name = builder.name;
    all = List.copyOf(builder.all);
    any = List.copyOf(builder.any);
    none = List.copyOf(builder.none);
    category = builder.category;
    priority = builder.priority;
    raise = builder.raise;
    tags = Set.copyOf(builder.tags);
    route = builder.route;
    stop = builder.stop;
    weak = builder.weak;
  }

  /** A rule of this name, which its evidence carries. */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /**
   * The common case: any of these words makes it this category, which is the rule's name too.
   *
   * @see Condition#words(String...)
   */
  public static Rule of(String category, Priority priority, String... keywords) {
    return of(category, priority, Arrays.asList(keywords));
  }

  /** The same. */
  public static Rule of(String category, Priority priority, Collection<String> keywords) {
    return builder(category)
        .any(Condition.words(keywords))
        .category(category)
        .priority(priority)
        .build();
  }

  public String name() {
    return name;
  }

  /** What has to be met. */
  public List<Condition> all() {
    return all;
  }

  /** One of these has to be met, if there are any. */
  public List<Condition> any() {
    return any;
  }

  /** Nothing of this may be met. */
  public List<Condition> none() {
    return none;
  }

  /** What the mail is about; a rule without it adds its effects to what others decide. */
  public Optional<String> category() {
    return Optional.ofNullable(category);
  }

  /** How urgent the mail is. */
  public Optional<Priority> priority() {
    return Optional.ofNullable(priority);
  }

  /** How urgent the mail is at least. */
  public Optional<Priority> raise() {
    return Optional.ofNullable(raise);
  }

  /** What is noted on the ticket beside. */
  public Set<String> tags() {
    return tags;
  }

  /** The name of the way the ticket takes; empty if the rule chooses none. */
  public String route() {
    return route;
  }

  /** Whether rules after this one aren't looked at if it matches. */
  public boolean stop() {
    return stop;
  }

  /**
   * Whether it counts only where no other rule gives a category: for words that say little, as
   * {@code issue}. Weak rules are looked at after all others.
   */
  public boolean weak() {
    return weak;
  }

  /** Its name, which holds nothing of any mail. */
  @Override
  public String toString() {
    return "Rule[" + name + "]";
  }

  /** Makes rules. Not for use by several threads. */
  public static final class Builder {
    private final String name;
    private final List<Condition> all = new ArrayList<>();
    private final List<Condition> any = new ArrayList<>();
    private final List<Condition> none = new ArrayList<>();
    private @Nullable String category;
    private @Nullable Priority priority;
    private @Nullable Priority raise;
    private final Set<String> tags = new LinkedHashSet<>();
    private String route = "";
    private boolean stop;
    private boolean weak;

    private Builder(String name) {
      this.name = notBlank("name", name);
    }

    /** More of what has to be met. */
    public Builder all(Condition... conditions) {
      all.addAll(Arrays.asList(conditions));
      return this;
    }

    /** More of what is enough, one of it. */
    public Builder any(Condition... conditions) {
      any.addAll(Arrays.asList(conditions));
      return this;
    }

    /** More of what mustn't be. */
    public Builder none(Condition... conditions) {
      none.addAll(Arrays.asList(conditions));
      return this;
    }

    public Builder category(String value) {
      category = notBlank("category", value);
      return this;
    }

    /** Sets the priority, higher or lower than it was. */
    public Builder priority(Priority value) {
      priority = value;
      return this;
    }

    /** Raises the priority to this, if it is lower. */
    public Builder raise(Priority value) {
      raise = value;
      return this;
    }

    public Builder tags(String... values) {
      for (String value : values) {
        tags.add(notBlank("tag", value));
      }
      return this;
    }

    public Builder route(String value) {
      route = notBlank("route", value);
      return this;
    }

    /** Ends the search if the rule matches. */
    public Builder stop() {
      stop = true;
      return this;
    }

    /** Counts only where no other rule gives a category. */
    public Builder weak() {
      weak = true;
      return this;
    }

    /**
     * The rule.
     *
     * @throws IllegalArgumentException if it has no conditions, or no effects
     */
    public Rule build() {
      if (all.isEmpty() && any.isEmpty() && none.isEmpty()) {
        throw new IllegalArgumentException("rule \"" + name + "\" has no conditions");
      }
      if (category == null
          && priority == null
          && raise == null
          && tags.isEmpty()
          && route.isEmpty()
          && !stop) {
        throw new IllegalArgumentException("rule \"" + name + "\" has no effects");
      }
      return new Rule(this);
    }

    private static String notBlank(String what, String value) {
      if (value.isBlank()) {
        throw new IllegalArgumentException("a rule's " + what + " is blank");
      }
      return value;
    }
  }
}
