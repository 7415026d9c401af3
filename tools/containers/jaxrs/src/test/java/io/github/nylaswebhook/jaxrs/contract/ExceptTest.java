package io.github.nylaswebhook.jaxrs.contract;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.container;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.EventConditions.skippedWithReason;
import static org.junit.platform.testkit.engine.EventConditions.test;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.cause;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

class ExceptTest {
  @Test
  void leavesOutTheCasesThatItNames() {
    EngineExecutionResults results = run(Skipping.class);

    results
        .testEvents()
        .assertThatEvents()
        .haveExactly(1, event(test("inherited"), skippedWithReason("it can't")));
    results.testEvents().assertStatistics(statistics -> statistics.skipped(1).succeeded(1));
  }

  @Test
  void failsIfItNamesNoCase() {
    EngineExecutionResults results = run(Stale.class);

    results
        .containerEvents()
        .assertThatEvents()
        .haveExactly(
            1,
            event(
                container(Stale.class),
                finishedWithFailure(
                    cause(
                        message(
                            "@Except(\"renamed\") on Stale names no case: remove it, or name the"
                                + " case as it is called now")))));
    results.testEvents().assertStatistics(statistics -> statistics.started(0));
  }

  private static EngineExecutionResults run(Class<?> cases) {
    return EngineTestKit.engine("junit-jupiter").selectors(selectClass(cases)).execute();
  }

  // Nested ones that aren't @Nested and aren't named *Test: only run from here.

  @ExtendWith(Except.Condition.class)
  abstract static class Cases {
    @Test
    void inherited() {
      throw new AssertionError();
    }

    @Test
    void passes() {}

    void renamed() {}
  }

  @Except(value = "inherited", because = "it can't")
  static class Skipping extends Cases {}

  @Except(value = "renamed", because = "no case, since it has no @Test")
  static class Stale extends Cases {}
}
