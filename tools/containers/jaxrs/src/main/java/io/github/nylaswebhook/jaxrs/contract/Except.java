package io.github.nylaswebhook.jaxrs.contract;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

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

  /** Leaves them out, and the report shows it. One that names no case fails its class. */
  final class Condition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      Class<?> test = context.getRequiredTestClass();
      List<Except> exceptions =
          types(test)
              .flatMap(type -> Arrays.stream(type.getAnnotationsByType(Except.class)))
              .toList();
      if (context.getTestMethod().isEmpty()) {
        failIfStale(test, exceptions);
      }
      String method = context.getTestMethod().map(m -> m.getName()).orElse("");
      return exceptions.stream()
          .filter(exception -> exception.value().equals(method))
          .findFirst()
          .map(exception -> ConditionEvaluationResult.disabled(exception.because()))
          .orElseGet(() -> ConditionEvaluationResult.enabled("no exception"));
    }

    private static void failIfStale(Class<?> test, List<Except> exceptions) {
      Set<String> cases =
          types(test)
              .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
              .filter(method -> AnnotationSupport.isAnnotated(method, Testable.class))
              .map(Method::getName)
              .collect(Collectors.toSet());
      for (Except exception : exceptions) {
        if (!cases.contains(exception.value())) {
          throw new IllegalStateException(
              "@Except(\""
                  + exception.value()
                  + "\") on "
                  + test.getSimpleName()
                  + " names no case: remove it, or name the case as it is called now");
        }
      }
    }

    private static Stream<Class<?>> types(Class<?> test) {
      return Stream.iterate(test, type -> type != null, type -> type.getSuperclass());
    }
  }
}
