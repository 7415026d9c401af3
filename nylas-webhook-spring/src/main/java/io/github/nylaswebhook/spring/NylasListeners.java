package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.notification.Notification;
import io.github.nylaswebhook.notification.NotificationListener;
import io.github.nylaswebhook.notification.TriggerType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Finds the methods that have {@link NylasListener}, by the declared types of beans, and registers
 * them; the beans themselves are asked for when a notification comes. When all singletons are
 * there, it looks whether it has missed one, so that no notification is.
 */
final class NylasListeners implements WebhookHandlerCustomizer, SmartInitializingSingleton {
  private static final Logger log = LoggerFactory.getLogger(NylasListeners.class);

  private static final String SCOPED_TARGET = "scopedTarget.";

  private final ConfigurableListableBeanFactory beans;
  private final Set<String> registered = new TreeSet<>();
  private boolean customized;

  NylasListeners(ConfigurableListableBeanFactory beans) {
    this.beans = beans;
  }

  /** A method of a bean. */
  private record Found(String bean, Method method, List<String> triggers) {
    @Override
    public String toString() {
      return method.getDeclaringClass().getName()
          + "."
          + method.getName()
          + Arrays.stream(method.getParameterTypes())
              .map(Class::getSimpleName)
              .collect(Collectors.joining(", ", "(", ")"))
          + " of bean \""
          + bean
          + "\"";
    }
  }

  @Override
  public void customize(WebhookHandler.Builder builder) {
    customized = true;
    for (Found found : find()) {
      registered.add(found.toString());
      NotificationListener listener = notification -> call(found, notification);
      if (found.triggers.isEmpty()) {
        builder.onAny(listener);
      }
      found.triggers.forEach(trigger -> builder.on(TriggerType.of(trigger), listener));
    }
  }

  @Override
  public void afterSingletonsInstantiated() {
    for (Found found : find()) {
      if (!registered.contains(found.toString())) {
        throw customized
            ? new NylasWebhookConfigurationException(
                "@NylasListener " + found + " can't be seen in the bean's declared type",
                "Have its @Bean method return "
                    + found.method.getDeclaringClass().getSimpleName()
                    + ", so that the listener is known before the first notification comes.")
            : new NylasWebhookConfigurationException(
                "@NylasListener "
                    + found
                    + " isn't told of anything, for the WebhookHandler bean"
                    + " is the application's own and doesn't know it",
                "Have what builds the handler take an ObjectProvider<WebhookHandlerCustomizer>, and"
                    + " call each one with the builder before build().");
      }
      if (beans.containsSingleton(found.bean)) {
        invocable(found, beans.getBean(found.bean));
      }
    }
  }

  /** In an order that stays: by it, the pipeline knows which of them were told. */
  private List<Found> find() {
    List<Found> all = new ArrayList<>();
    for (String name : beans.getBeanNamesForType(Object.class, true, false)) {
      Class<?> type = type(name);
      if (type == null || type.getName().startsWith("org.springframework.")) {
        continue;
      }
      String bean =
          ScopedProxyUtils.isScopedTarget(name) ? name.substring(SCOPED_TARGET.length()) : name;
      methods(type).forEach((method, listener) -> all.add(found(bean, method, listener)));
    }
    all.sort(Comparator.comparing(Found::bean).thenComparing(f -> f.method.toGenericString()));
    return all.stream().distinct().toList();
  }

  private static Map<Method, NylasListener> methods(Class<?> type) {
    try {
      return MethodIntrospector.selectMethods(
          type,
          (MethodIntrospector.MetadataLookup<NylasListener>)
              method -> AnnotatedElementUtils.findMergedAnnotation(method, NylasListener.class));
    } catch (IllegalStateException | LinkageError e) {
      // A class with methods of types that aren't there: it works for who doesn't call them.
      log.debug("{} can't be looked through for listeners", type, e);
      return Map.of();
    }
  }

  private @Nullable Class<?> type(String name) {
    // A scoped proxy shows all methods of its target, which is a bean of its own.
    if (beans.containsBeanDefinition(ScopedProxyUtils.getTargetBeanName(name))) {
      return null;
    }
    // Without making a factory bean, whose product's type may be unknown until then.
    Class<?> known = beans.getType(name, false);
    Class<?> target =
        known == null || beans.isFactoryBean(name)
            ? known
            : AutoProxyUtils.determineTargetClass(beans, name);
    return target == null ? known : target;
  }

  private static Found found(String bean, Method method, NylasListener listener) {
    Found found = new Found(bean, method, Arrays.stream(listener.value()).distinct().toList());
    if (method.getParameterCount() != 1 || method.getParameterTypes()[0] != Notification.class) {
      throw new NylasWebhookConfigurationException(
          "@NylasListener " + found + " doesn't take what it would be given",
          "Give it one parameter, of type " + Notification.class.getName() + ".");
    }
    if (Modifier.isPrivate(method.getModifiers()) || Modifier.isStatic(method.getModifiers())) {
      throw new NylasWebhookConfigurationException(
          "@NylasListener " + found + " is private or static, so a proxy of the bean can't have it",
          "Make it public or protected, and no static method.");
    }
    if (found.triggers.stream().anyMatch(String::isBlank)) {
      throw new NylasWebhookConfigurationException(
          "@NylasListener " + found + " names a trigger that is blank",
          "Give a trigger, \"message.opened\" for example, or none for every notification.");
    }
    return found;
  }

  private static Method invocable(Found found, Object bean) {
    try {
      return AopUtils.selectInvocableMethod(found.method, bean.getClass());
    } catch (IllegalStateException e) {
      throw new NylasWebhookConfigurationException(
          "@NylasListener " + found + " can't be called, for the bean is a JDK proxy without it",
          "Declare the method in an interface of the bean, or have the class proxied"
              + " (proxyTargetClass = true).",
          e);
    }
  }

  private void call(Found found, Notification notification) throws Exception {
    Object bean = beans.getBean(found.bean);
    Method method = invocable(found, bean);
    ReflectionUtils.makeAccessible(method);
    try {
      method.invoke(bean, notification);
    } catch (InvocationTargetException e) {
      throw thrown(e.getTargetException());
    }
  }

  /** As the listener threw it, also where a proxy wraps what its interface doesn't declare. */
  private static Exception thrown(Throwable thrown) throws Exception {
    Throwable cause =
        thrown instanceof UndeclaredThrowableException wrapped
                && wrapped.getUndeclaredThrowable() != null
            ? wrapped.getUndeclaredThrowable()
            : thrown;
    if (cause instanceof Error error) {
      throw error;
    }
    if (cause instanceof Exception exception) {
      return exception;
    }
    return new UndeclaredThrowableException(cause);
  }
}
