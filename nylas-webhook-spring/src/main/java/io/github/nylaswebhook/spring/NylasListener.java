package io.github.nylaswebhook.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Has a bean's method told of notifications, as a {@link
 * io.github.nylaswebhook.notification.NotificationListener} is: after the delivery was
 * acknowledged, from many threads, at least once. What it throws reaches the pipeline as it is, and
 * makes the delivery be retried; listeners that have succeeded aren't called again for it.
 *
 * <pre>{@code
 * @NylasListener("message.opened")
 * void opened(Notification notification) { … }
 * }</pre>
 *
 * <p>The method takes one {@link io.github.nylaswebhook.notification.Notification}, and is neither
 * private nor static; where the bean is a JDK proxy, one of its interfaces declares it. It is found
 * by the bean's declared type, before the bean is made: a {@code @Bean} method has to return the
 * class that has the listener, or an interface that does.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface NylasListener {
  /** The triggers, without their suffixes; every notification if there is none. */
  String[] value() default {};
}
