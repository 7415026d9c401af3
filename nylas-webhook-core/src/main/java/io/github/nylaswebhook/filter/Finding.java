package io.github.nylaswebhook.filter;

import java.util.List;

/** What one of the filter's parts found: nothing if there are no reasons. */
record Finding(String detail, List<Reason> reasons) {
  static final Finding NOTHING = new Finding("", List.of());

  Finding {
    reasons = List.copyOf(reasons);
  }

  boolean isSomething() {
    return !reasons.isEmpty();
  }
}
