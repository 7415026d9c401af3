package io.github.nylaswebhook.categorize;

import java.util.Locale;

/**
 * Which of the rules that match decides. Whatever the strategy, a rule without a category doesn't
 * take part in the choice: its effects are added. And a {@linkplain Rule#weak() weak} rule counts
 * only where no other rule gives a category.
 */
public enum Strategy {
  /** The first matching rule that has a category decides; rules after it aren't looked at. */
  FIRST,
  /**
   * All matching rules apply in their order: of category, priority and route, the last one set
   * stays.
   */
  ORDER,
  /**
   * The category with the most evidence decides: each keyword or expression that is found counts
   * once in the body and {@value RuleSet#SUBJECT_WEIGHT} times in the subject, each other condition
   * that is met once; of equals, the one whose rule comes first. Within the category, the rule with
   * the most evidence sets priority and route. Tags and raised priorities of all matching rules
   * apply.
   */
  SCORE;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** As files of rules have it: {@code first}, {@code order} or {@code score}. */
  public String label() {
    return label;
  }
}
