package io.github.nylaswebhook.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Two rates of each round, a floor's and ours, and what becomes of them. */
final class Ratios {
  private final String floorName;
  private final String oursName;
  private final List<Rate> floors = new ArrayList<>();
  private final List<Rate> ours = new ArrayList<>();
  private final List<Double> ratios = new ArrayList<>();

  /**
   * How fast it went.
   *
   * @param micros the processor time of all who took part, for each
   */
  record Rate(double perSecond, double micros) {
    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%.0f/s (%.0f us of processor time)", perSecond, micros);
    }
  }

  Ratios(String floorName, String oursName) {
    this.floorName = floorName;
    this.oursName = oursName;
  }

  void add(String what, boolean counts, Rate floor, Rate our) {
    double ratio = our.perSecond / floor.perSecond;
    System.out.printf(
        Locale.ROOT,
        "%s%s: %s %s, %s %s, ratio %.2f%n",
        counts ? "" : "warm-up, ",
        what,
        floorName,
        floor,
        oursName,
        our,
        ratio);
    if (counts) {
      floors.add(floor);
      ours.add(our);
      ratios.add(ratio);
    }
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s %s, %s %s, ratio %.2f (%.2f to %.2f)",
        floorName,
        new Rate(median(floors, Rate::perSecond), median(floors, Rate::micros)),
        oursName,
        new Rate(median(ours, Rate::perSecond), median(ours, Rate::micros)),
        median(ratios, r -> r),
        ratios.stream().mapToDouble(r -> r).min().orElse(0),
        ratios.stream().mapToDouble(r -> r).max().orElse(0));
  }

  private static <T> double median(List<T> values, ToDoubleFunction<T> value) {
    double[] sorted = values.stream().mapToDouble(value).sorted().toArray();
    return sorted[sorted.length / 2];
  }
}
