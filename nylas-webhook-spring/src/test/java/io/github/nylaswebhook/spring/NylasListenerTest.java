package io.github.nylaswebhook.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageFetcher;
import io.github.nylaswebhook.notification.Notification;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RecordingRouter;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.aop.framework.autoproxy.BeanNameAutoProxyCreator;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.DependsOn;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;

class NylasListenerTest {
  private static final List<String> TOLD = new CopyOnWriteArrayList<>();
  private static final AtomicInteger LAZY = new AtomicInteger();

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(NylasWebhookAutoConfiguration.class))
          .withPropertyValues("nylas.webhook.secrets=whs")
          .withBean(TicketRouter.class, RecordingRouter::new)
          .withBean(
              MessageFetcher.class,
              () -> ref -> Message.builder(ref.grantId(), ref.messageId()).build());

  @BeforeEach
  void forget() {
    TOLD.clear();
    LAZY.set(0);
  }

  private static void deliver(ApplicationContext context, String type) {
    int status =
        context
            .getBean(WebhookHandler.class)
            .handle(NotificationFixture.of(type).sign("whs").toRequest())
            .status();
    assertThat(status).isEqualTo(200);
  }

  private static void awaitTold(String... told) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(TOLD).containsExactlyInAnyOrder(told));
  }

  private static void awaitDone(ApplicationContext context) {
    Inbox inbox = context.getBean(WebhookHandler.class).inbox();
    await().atMost(Duration.ofSeconds(20)).until(() -> inbox.statistics().waiting() == 0);
  }

  static class Base {
    @NylasListener("message.opened")
    protected void inherited(Notification notification) {
      TOLD.add("inherited");
    }
  }

  static class Several extends Base {
    @NylasListener({"message.opened", "message.link_clicked"})
    public void both(Notification notification) {
      TOLD.add("both " + notification.type());
    }

    @NylasListener
    public void any(Notification notification) {
      TOLD.add("any " + notification.type());
    }
  }

  @Test
  void eachIsToldOfWhatItNames() {
    runner
        .withBean(Several.class)
        .run(
            context -> {
              deliver(context, "message.opened");
              awaitTold("inherited", "both message.opened", "any message.opened");
              TOLD.clear();
              deliver(context, "message.link_clicked");
              awaitTold("both message.link_clicked", "any message.link_clicked");
              TOLD.clear();
              deliver(context, "grant.expired");
              awaitTold("any grant.expired");
            });
  }

  interface Watcher {
    @NylasListener("message.opened")
    void opened(Notification notification) throws IOException;
  }

  static class WatcherOfOne implements Watcher {
    @Override
    public void opened(Notification notification) {
      TOLD.add("by interface");
    }
  }

  static class WatcherBesideOne implements Watcher {
    @Override
    public void opened(Notification notification) {}

    @NylasListener("message.opened")
    public void hidden(Notification notification) {}
  }

  @Configuration(proxyBeanMethods = false)
  static class Proxies {
    static BeanNameAutoProxyCreator proxies(boolean ofClasses) {
      BeanNameAutoProxyCreator creator = new BeanNameAutoProxyCreator();
      creator.setBeanNames("proxied");
      creator.setInterceptorNames("interceptor");
      creator.setProxyTargetClass(ofClasses);
      return creator;
    }

    @Bean
    static MethodInterceptor interceptor() {
      return invocation -> {
        TOLD.add("proxy");
        return invocation.proceed();
      };
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class ProxiesOfClasses extends Proxies {
    @Bean
    static BeanNameAutoProxyCreator creator() {
      return proxies(true);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class ProxiesOfInterfaces extends Proxies {
    @Bean
    static BeanNameAutoProxyCreator creator() {
      return proxies(false);
    }
  }

  @Test
  void aProxyOfAClassIsGoneThrough() {
    runner
        .withUserConfiguration(ProxiesOfClasses.class)
        .withBean("proxied", Several.class)
        .run(
            context -> {
              deliver(context, "message.opened");
              awaitTold(
                  "proxy",
                  "proxy",
                  "proxy",
                  "inherited",
                  "both message.opened",
                  "any message.opened");
            });
  }

  @Test
  void aProxyOfAnInterfaceIsGoneThrough() {
    runner
        .withUserConfiguration(ProxiesOfInterfaces.class)
        .withBean("proxied", WatcherOfOne.class)
        .run(
            context -> {
              assertThat(
                      java.lang.reflect.Proxy.isProxyClass(context.getBean("proxied").getClass()))
                  .isTrue();
              deliver(context, "message.opened");
              awaitTold("proxy", "by interface");
            });
  }

  @Test
  void whatAnInterfaceProxyHidesIsAnError() {
    assertFails(
        runner
            .withUserConfiguration(ProxiesOfInterfaces.class)
            .withBean("proxied", WatcherBesideOne.class),
        "hidden",
        "proxied",
        "proxyTargetClass");
  }

  @Configuration(proxyBeanMethods = false)
  static class LazyOne {
    @Bean
    @Lazy
    Counted lazy() {
      return new Counted();
    }

    static class Counted {
      Counted() {
        LAZY.incrementAndGet();
      }

      @NylasListener("message.opened")
      void opened(Notification notification) {
        TOLD.add("lazy");
      }
    }
  }

  @Test
  void aLazyBeanIsMadeWhenItIsNeeded() {
    runner
        .withUserConfiguration(LazyOne.class)
        .run(
            context -> {
              assertThat(LAZY).hasValue(0);
              deliver(context, "message.link_clicked");
              awaitDone(context);
              assertThat(LAZY).hasValue(0);
              deliver(context, "message.opened");
              awaitTold("lazy");
              assertThat(LAZY).hasValue(1);
            });
  }

  @Configuration(proxyBeanMethods = false)
  static class Scoped {
    @Bean
    @Scope(value = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
    Several scoped() {
      return new Several();
    }
  }

  @Test
  void aScopedProxyIsToldOnce() {
    runner
        .withUserConfiguration(Scoped.class)
        .run(
            context -> {
              deliver(context, "message.opened");
              awaitDone(context);
              awaitTold("inherited", "both message.opened", "any message.opened");
            });
  }

  static class Failing {
    private final AtomicInteger calls = new AtomicInteger();

    @NylasListener("message.opened")
    void later(Notification notification) {
      if (calls.incrementAndGet() == 1) {
        throw new RetryLaterException("not yet", Instant.now().plusMillis(100), false);
      }
      TOLD.add("after a while");
    }

    @NylasListener("message.link_clicked")
    void never(Notification notification) {
      throw new PermanentException("never");
    }

    @NylasListener("message.opened")
    void good(Notification notification) {
      TOLD.add("good");
    }
  }

  @Test
  void whatItThrowsReachesThePipelineAsItIs() {
    runner
        .withUserConfiguration(ProxiesOfClasses.class)
        .withBean(Failing.class)
        .run(
            context -> {
              Inbox inbox = context.getBean(WebhookHandler.class).inbox();
              deliver(context, "message.opened");
              // Who has succeeded isn't told again.
              awaitTold("after a while", "good");
              awaitDone(context);
              assertThat(TOLD).hasSize(2);
              deliver(context, "message.link_clicked");
              await()
                  .atMost(Duration.ofSeconds(20))
                  .until(() -> inbox.statistics().deadLetters() == 1);
              assertThat(inbox.deadLetters().list("", 1).letters().get(0).why()).contains("never");
            });
  }

  interface Checked {
    @NylasListener("message.opened")
    void opened(Notification notification);
  }

  static class Unchecked implements Checked {
    @Override
    public void opened(Notification notification) {
      TOLD.add("called");
    }
  }

  /** Throw what the interface doesn't declare. */
  @Configuration(proxyBeanMethods = false)
  static class ThrowingProxies {
    @Bean
    static BeanNameAutoProxyCreator creator() {
      return Proxies.proxies(false);
    }

    @Bean
    static MethodInterceptor interceptor() {
      return invocation -> {
        throw new IOException("a checked one");
      };
    }
  }

  @Test
  void whatAProxyWrapsIsUnwrapped() {
    runner
        .withUserConfiguration(ThrowingProxies.class)
        .withPropertyValues("nylas.webhook.retries.max-attempts=1")
        .withBean("proxied", Unchecked.class)
        .run(
            context -> {
              Inbox inbox = context.getBean(WebhookHandler.class).inbox();
              deliver(context, "message.opened");
              await()
                  .atMost(Duration.ofSeconds(20))
                  .until(() -> inbox.statistics().deadLetters() == 1);
              assertThat(inbox.deadLetters().list("", 1).letters().get(0).why())
                  .contains("a checked one")
                  .doesNotContain("Undeclared");
            });
  }

  static class WithoutParameter {
    @NylasListener("message.opened")
    public void opened() {}
  }

  static class WithAnotherParameter {
    @NylasListener("message.opened")
    public void opened(String id) {}
  }

  static class Hidden {
    @NylasListener("message.opened")
    @SuppressWarnings({"UnusedMethod", "UnusedVariable"})
    private void opened(Notification notification) {
      TOLD.add("hidden");
    }
  }

  static class Blank {
    @NylasListener(" ")
    public void opened(Notification notification) {}
  }

  @Test
  void aWrongMethodIsAnErrorThatNamesIt() {
    assertFails(
        runner.withBean("wrong", WithoutParameter.class), "opened", "wrong", "Notification");
    assertFails(
        runner.withBean("wrong", WithAnotherParameter.class), "opened", "wrong", "Notification");
    assertFails(runner.withBean("wrong", Hidden.class), "opened", "wrong", "private");
    assertFails(runner.withBean("wrong", Blank.class), "opened", "wrong", "blank");
  }

  @Configuration(proxyBeanMethods = false)
  static class DeclaredByInterface {
    /** Made after the handler; before it, the bean itself would have shown the listener. */
    @Bean
    @DependsOn("nylasWebhookHandler")
    Runnable vague() {
      return new Vague();
    }

    static class Vague implements Runnable {
      @Override
      public void run() {}

      @NylasListener
      public void any(Notification notification) {}
    }
  }

  @Test
  void whatCantBeSeenBeforeItIsMadeIsAnError() {
    assertFails(
        runner.withUserConfiguration(DeclaredByInterface.class), "any", "vague", "@Bean method");
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnHandler {
    @Bean
    WebhookHandler own(
        ObjectProvider<WebhookHandlerCustomizer> customizers, MessageFetcher fetcher) {
      WebhookHandler.Builder builder =
          WebhookHandler.builder()
              .webhookSecret("whs")
              .messageFetcher(fetcher)
              .ticketRouter(TicketRouter.logging());
      customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
      return builder.build();
    }
  }

  @Test
  void aHandlerOfTheApplicationsOwnTakesThemAsACustomizer() {
    runner
        .withUserConfiguration(OwnHandler.class)
        .withBean(Several.class)
        .run(
            context -> {
              deliver(context, "grant.expired");
              awaitTold("any grant.expired");
            });
    assertFails(
        runner
            .withBean(
                "own",
                WebhookHandler.class,
                () ->
                    WebhookHandler.builder()
                        .webhookSecret("whs")
                        .inbox(InMemoryInbox.builder().build())
                        .acceptOnly()
                        .build())
            .withBean("several", Several.class),
        "several",
        "WebhookHandlerCustomizer");
  }

  private static void assertFails(ApplicationContextRunner runner, String... said) {
    runner.run(
        context -> {
          assertThat(context).hasFailed();
          var analysis = new NylasWebhookFailureAnalyzer().analyze(context.getStartupFailure());
          assertThat(analysis.getDescription() + " " + analysis.getAction()).contains(said);
        });
  }
}
