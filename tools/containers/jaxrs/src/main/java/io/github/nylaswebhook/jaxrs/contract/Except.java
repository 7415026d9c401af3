package io.github.nylaswebhook.jaxrs.contract;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A case that a container can't pass, because it answers before any resource sees the request. */
@Repeatable(Except.All.class)
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Except {
  /** The case's method. */
  String value();

  /** What the container does instead. */
  String because();

  /** Several. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.TYPE)
  @interface All {
    Except[] value();
  }

  /** Leaves them out, and the report shows it. */
  final class Condition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      String method = context.getTestMethod().map(m -> m.getName()).orElse("");
      return Stream.<Class<?>>iterate(
              context.getRequiredTestClass(), type -> type != null, type -> type.getSuperclass())
          .flatMap(type -> Arrays.stream(type.getAnnotationsByType(Except.class)))
          .filter(exception -> exception.value().equals(method))
          .findFirst()
          .map(exception -> ConditionEvaluationResult.disabled(exception.because()))
          .orElseGet(() -> ConditionEvaluationResult.enabled("no exception"));
    }
  }
}
