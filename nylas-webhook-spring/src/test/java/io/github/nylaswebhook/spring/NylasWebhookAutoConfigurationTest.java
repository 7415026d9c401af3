package io.github.nylaswebhook.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.categorize.Categorizer;
import io.github.nylaswebhook.categorize.Classification;
import io.github.nylaswebhook.categorize.RuleSet;
import io.github.nylaswebhook.filter.MessageFilter;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.InMemoryDedupStore;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.message.FolderSource;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageFetcher;
import io.github.nylaswebhook.message.MessageRef;
import io.github.nylaswebhook.notification.TriggerType;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.pipeline.PipelineObserver;
import io.github.nylaswebhook.signature.SecretSource;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RecordingRouter;
import io.github.nylaswebhook.ticket.Conversation;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.github.nylaswebhook.ticket.InMemoryConversationStore;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.web.servlet.handler.SimpleUrlHandlerMapping;

@ExtendWith(OutputCaptureExtension.class)
class NylasWebhookAutoConfigurationTest {
  private static final String SECRET = "whs_1";

  private static final AutoConfigurations AUTO =
      AutoConfigurations.of(
          NylasWebhookAutoConfiguration.class,
          NylasWebhookHealthAutoConfiguration.class,
          NylasWebhookJdbcAutoConfiguration.class,
          NylasWebhookMetricsAutoConfiguration.class,
          NylasWebhookMvcAutoConfiguration.class,
          NylasWebhookRedisAutoConfiguration.class,
          NylasWebhookRedisConversationAutoConfiguration.class);

  @TempDir Path folder;

  private final WebApplicationContextRunner bare =
      new WebApplicationContextRunner().withConfiguration(AUTO);

  private final WebApplicationContextRunner runner =
      bare.withPropertyValues("nylas.webhook.secrets=" + SECRET, "nylas.webhook.api-key=nyk_1");

  private final WebApplicationContextRunner routed = runner.withUserConfiguration(Router.class);

  @Configuration(proxyBeanMethods = false)
  static class Router {
    @Bean
    RecordingRouter router() {
      return new RecordingRouter();
    }
  }

  // ---- what there is

  @Test
  void twoPropertiesAndARouterAreEnough() {
    routed.run(
        context -> {
          assertThat(context)
              .hasNotFailed()
              .hasSingleBean(WebhookHandler.class)
              .hasSingleBean(NylasClient.class)
              .hasSingleBean(NylasWebhookController.class)
              .doesNotHaveBean(Inbox.class)
              .doesNotHaveBean(DedupStore.class);
          SimpleUrlHandlerMapping mapping = context.getBean(SimpleUrlHandlerMapping.class);
          assertThat(mapping.getHandlerMap())
              .containsOnly(
                  Map.entry("/webhooks/nylas", context.getBean(NylasWebhookController.class)));
          assertThat(context.getBean(WebhookHandler.class).inbox())
              .isInstanceOf(InMemoryInbox.class);
        });
  }

  @Test
  void thePathIsAProperty() {
    routed
        .withPropertyValues("nylas.webhook.path=/hooks/mail")
        .run(
            context ->
                assertThat(context.getBean(SimpleUrlHandlerMapping.class).getHandlerMap())
                    .containsOnlyKeys("/hooks/mail"));
  }

  @Test
  void itCanBeSwitchedOff() {
    bare.withPropertyValues("nylas.webhook.enabled=false")
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(WebhookHandler.class)
                    .doesNotHaveBean(NylasWebhookController.class)
                    .doesNotHaveBean(NylasWebhookMetrics.class)
                    .doesNotHaveBean(SimpleUrlHandlerMapping.class));
  }

  @Test
  void withoutActuatorMicrometerAndStoresItRunsAllTheSame() {
    routed
        .withClassLoader(
            new FilteredClassLoader(
                "org.springframework.boot.actuate",
                "org.springframework.boot.health",
                "io.micrometer",
                "io.github.nylaswebhook.jdbc",
                "io.github.nylaswebhook.redis",
                "io.lettuce",
                "org.springframework.data"))
        .run(
            context -> {
              assertThat(context).hasNotFailed().hasSingleBean(WebhookHandler.class);
              assertThat(context.containsBean("nylasWebhookHealthIndicator")).isFalse();
              assertThat(context.containsBean("nylasWebhookMetrics")).isFalse();
            });
    routed.run(
        context -> {
          assertThat(context.containsBean("nylasWebhookHealthIndicator")).isTrue();
          assertThat(context.containsBean("nylasWebhookMetrics")).isTrue();
        });
    routed
        .withPropertyValues("management.health.nylas-webhook.enabled=false")
        .run(context -> assertThat(context.containsBean("nylasWebhookHealthIndicator")).isFalse());
  }

  @Test
  void aChildContextLeavesTheHandlerToItsParent() {
    routed.run(
        parent -> {
          WebhookHandler handler = parent.getBean(WebhookHandler.class);
          routed
              .withParent(parent)
              .run(
                  child -> {
                    assertThat(child).hasNotFailed();
                    assertThat(child.getBean(WebhookHandler.class)).isSameAs(handler);
                  });
          assertThat(handler.health().accepting()).isTrue();
        });
  }

  @Test
  void aWorkerWithoutTheWebProcesses() {
    InMemoryInbox inbox = InMemoryInbox.builder().build();
    new ApplicationContextRunner()
        .withConfiguration(AUTO)
        .withPropertyValues("nylas.webhook.secrets=" + SECRET)
        .withClassLoader(
            new FilteredClassLoader("jakarta.servlet", "org.springframework.web.servlet"))
        .withBean(InMemoryInbox.class, () -> inbox)
        .withBean(MessageFetcher.class, FoundFetcher::new)
        .withBean(TicketRouter.class, FoundRouter::new)
        .run(
            context -> {
              assertThat(context)
                  .hasNotFailed()
                  .doesNotHaveBean("nylasWebhookController")
                  .doesNotHaveBean("nylasWebhookRawBodyFilter");
              try (WebhookHandler door =
                  WebhookHandler.builder()
                      .webhookSecret(SECRET)
                      .inbox(inbox)
                      .acceptOnly()
                      .build()) {
                door.handle(
                    NotificationFixture.created(Mail.of("grant-1", "m-1"))
                        .sign(SECRET)
                        .toRequest());
              }
              WebhookHandler handler = context.getBean(WebhookHandler.class);
              await()
                  .atMost(Duration.ofSeconds(20))
                  .until(() -> handler.statistics().routed() == 1);
            });
  }

  @Test
  void inWebFluxItSaysThatThereIsNoEndpoint(CapturedOutput output) {
    new ReactiveWebApplicationContextRunner()
        .withConfiguration(AUTO)
        .withPropertyValues(
            "nylas.webhook.secrets=" + SECRET,
            "nylas.webhook.api-key=nyk_1",
            "nylas.webhook.path=/hooks/mail")
        .withUserConfiguration(Router.class)
        .run(
            context -> {
              assertThat(context).hasNotFailed().doesNotHaveBean(NylasWebhookController.class);
              assertThat(output.getOut())
                  .containsOnlyOnce("nothing answers Nylas under /hooks/mail");
            });
    routed.run(
        context -> assertThat(output.getOut()).containsOnlyOnce("nothing answers Nylas under"));
  }

  @Test
  void theEnvironmentsNamesAreKnown() {
    bare.withInitializer(
            context ->
                context
                    .getEnvironment()
                    .getPropertySources()
                    .addFirst(
                        new SystemEnvironmentPropertySource(
                            StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                            Map.of(
                                "NYLAS_WEBHOOK_SECRETS", "whs_1, whs_2",
                                "NYLAS_WEBHOOK_API_KEY", "nyk_1",
                                "NYLAS_WEBHOOK_LIMITS_PER_GRANT_CALLS", "5",
                                "NYLAS_WEBHOOK_SUPPORT_ADDRESSES",
                                    "a@acme.example,b@acme.example"))))
        .withUserConfiguration(Router.class)
        .run(
            context -> {
              assertThat(context).hasNotFailed().hasSingleBean(NylasClient.class);
              NylasWebhookProperties properties = context.getBean(NylasWebhookProperties.class);
              assertThat(properties.secrets()).containsExactly("whs_1", "whs_2");
              assertThat(properties.apiKey()).isEqualTo("nyk_1");
              assertThat(properties.limits().perGrant().calls()).isEqualTo(5);
              assertThat(properties.supportAddresses()).hasSize(2);
            });
  }

  // ---- beans of the application's own

  @Configuration(proxyBeanMethods = false)
  static class OwnParts {
    final Map<String, Boolean> used = new ConcurrentHashMap<>();

    @Bean
    Map<String, Boolean> used() {
      return used;
    }

    @Bean
    SecretSource secrets() {
      return () -> List.of("from a vault");
    }

    @Bean
    InMemoryInbox inbox() {
      return InMemoryInbox.builder().build();
    }

    @Bean
    DedupStore dedupStore() {
      return store();
    }

    static DedupStore store() {
      return new InMemoryDedupStore();
    }

    @Bean
    MessageFetcher fetcher() {
      return ref -> {
        used.put("fetcher", true);
        return Message.builder(ref.grantId(), ref.messageId())
            .headers(List.of())
            .date(Instant.now())
            .folders(List.of("unknown"))
            .build();
      };
    }

    @Bean
    FolderSource folderSource() {
      return (application, grant, ids) -> {
        used.put("folders", true);
        return List.of();
      };
    }

    @Bean
    MessageFilter filter() {
      return (message, context) -> {
        used.put("filter", true);
        return MessageFilter.standard().judge(message, context);
      };
    }

    @Bean
    Categorizer categorizer() {
      return (message, context) -> {
        used.put("categorizer", true);
        Classification classification = RuleSet.standard().categorize(message, context);
        return classification;
      };
    }

    @Bean
    TicketRouter router() {
      return new TicketRouter() {
        @Override
        public TicketRef route(Ticket ticket) {
          used.put("router", true);
          return TicketRef.of("desk", "1");
        }

        @Override
        public boolean appends() {
          return true;
        }
      };
    }

    @Bean
    ConversationStore conversations() {
      ConversationStore store = new InMemoryConversationStore();
      return new ConversationStore() {
        @Override
        public List<Conversation> find(Collection<String> keys) throws StoreUnavailableException {
          return store.find(keys);
        }

        @Override
        public void save(Conversation conversation, Duration retention)
            throws StoreUnavailableException {
          used.put("conversations", true);
          store.save(conversation, retention);
        }
      };
    }

    @Bean
    PipelineObserver observer() {
      return new PipelineObserver() {
        @Override
        public void accepted(Delivery delivery, Duration took) {
          used.put("observer", true);
        }
      };
    }

    @Bean
    WebhookHandlerCustomizer customizer() {
      return builder ->
          builder.on(TriggerType.MESSAGE_CREATED, notification -> used.put("customizer", true));
    }
  }

  @Test
  @SuppressWarnings("unchecked")
  void beansOfEveryKindAreUsed() {
    bare.withUserConfiguration(OwnParts.class)
        .run(
            context -> {
              assertThat(context).hasNotFailed().doesNotHaveBean(NylasClient.class);
              WebhookHandler handler = context.getBean(WebhookHandler.class);
              assertThat(handler.inbox()).isSameAs(context.getBean(InMemoryInbox.class));
              int status =
                  handler
                      .handle(
                          NotificationFixture.created(Mail.of("grant-1", "m-1"))
                              .sign("from a vault")
                              .toRequest())
                      .status();
              assertThat(status).isEqualTo(200);
              Map<String, Boolean> used = context.getBean("used", Map.class);
              await()
                  .atMost(Duration.ofSeconds(20))
                  .untilAsserted(
                      () ->
                          assertThat(used)
                              .containsOnlyKeys(
                                  "fetcher",
                                  "folders",
                                  "filter",
                                  "categorizer",
                                  "router",
                                  "conversations",
                                  "observer",
                                  "customizer"));
            });
  }

  @Test
  void aHandlerOfTheApplicationsOwnReplacesOurs() {
    WebhookHandler own =
        WebhookHandler.builder()
            .webhookSecret("own")
            .inbox(InMemoryInbox.builder().build())
            .acceptOnly()
            .build();
    bare.withBean("own", WebhookHandler.class, () -> own)
        .run(
            context -> {
              assertThat(context).hasNotFailed().doesNotHaveBean(NylasClient.class);
              assertThat(context.getBean(WebhookHandler.class)).isSameAs(own);
              assertThat(context).hasSingleBean(NylasWebhookController.class);
            });
    assertThat(own.health().accepting()).isFalse();
  }

  @Test
  void aControllerOfTheApplicationsOwnReplacesOurs() {
    class Own extends NylasWebhookController {
      Own(WebhookHandler handler) {
        super(handler);
      }
    }
    routed
        .withBean(
            "own",
            NylasWebhookController.class,
            () ->
                new Own(
                    WebhookHandler.builder()
                        .webhookSecret("s")
                        .inbox(InMemoryInbox.builder().build())
                        .acceptOnly()
                        .build()))
        .run(
            context ->
                assertThat(context.getBean(SimpleUrlHandlerMapping.class).getHandlerMap())
                    .containsEntry("/webhooks/nylas", context.getBean("own")));
  }

  @Test
  void ofSeveralHandlersTheApplicationMapsEachItself() {
    bare.withBean("one", WebhookHandler.class, NylasWebhookAutoConfigurationTest::door)
        .withBean("two", WebhookHandler.class, NylasWebhookAutoConfigurationTest::door)
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(NylasWebhookController.class)
                    .doesNotHaveBean(SimpleUrlHandlerMapping.class)
                    .doesNotHaveBean("nylasWebhookHealthIndicator"));
  }

  private static WebhookHandler door() {
    return WebhookHandler.builder()
        .webhookSecret("s")
        .inbox(InMemoryInbox.builder().build())
        .acceptOnly()
        .build();
  }

  public static final class FoundRouter implements TicketRouter {
    @Override
    public TicketRef route(Ticket ticket) {
      return TicketRef.of("found", "1");
    }
  }

  public static final class FoundFetcher implements MessageFetcher {
    @Override
    public Message fetch(MessageRef ref) {
      return Message.builder(ref.grantId(), ref.messageId())
          .headers(List.of())
          .date(Instant.now())
          .build();
    }
  }

  @Test
  void whatServiceLoaderFindsIsntAskedForAgain() throws Exception {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(services.resolve(TicketRouter.class.getName()), FoundRouter.class.getName());
    Files.writeString(
        services.resolve(MessageFetcher.class.getName()), FoundFetcher.class.getName());
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
      bare.withClassLoader(loader)
          .withPropertyValues("nylas.webhook.secrets=" + SECRET)
          .run(
              context -> {
                assertThat(context).hasNotFailed().doesNotHaveBean(NylasClient.class);
                WebhookHandler handler = context.getBean(WebhookHandler.class);
                handler.handle(
                    NotificationFixture.created(Mail.of("grant-1", "m-1"))
                        .sign(SECRET)
                        .toRequest());
                await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> handler.statistics().routed() == 1);
              });
    }
  }

  @Test
  void rulesAreReadFromTheFile() throws Exception {
    Path rules = folder.resolve("rules.json");
    Files.writeString(rules, "{\"rules\": [}");
    FailureAnalysis broken =
        failure(routed.withPropertyValues("nylas.webhook.rules-file=" + rules));
    assertThat(broken.getDescription()).contains("nylas.webhook.rules-file", rules.toString());
    FailureAnalysis missing =
        failure(routed.withPropertyValues("nylas.webhook.rules-file=nowhere.json"));
    assertThat(missing.getDescription()).contains("nylas.webhook.rules-file", "no such file");
    assertThat(missing.getAction()).contains(Path.of("nowhere.json").toAbsolutePath().toString());
  }

  // ---- what is missing

  @Test
  void withoutASecretItSaysWhatToDo() {
    FailureAnalysis said =
        failure(
            bare.withPropertyValues("nylas.webhook.api-key=nyk_1")
                .withUserConfiguration(Router.class));
    assertThat(said.getDescription()).startsWith("nylas.webhook.secrets is missing");
    assertThat(said.getAction()).contains("NYLAS_WEBHOOK_SECRETS", "SecretSource");
  }

  @Test
  void withoutAnApiKeyItSaysWhatToDo() {
    FailureAnalysis said =
        failure(
            bare.withPropertyValues("nylas.webhook.secrets=" + SECRET)
                .withUserConfiguration(Router.class));
    assertThat(said.getDescription()).startsWith("nylas.webhook.api-key is missing");
    assertThat(said.getAction()).contains("NYLAS_WEBHOOK_API_KEY", "MessageFetcher");
  }

  @Test
  void withoutARouterItSaysWhatToDo() {
    FailureAnalysis said = failure(runner);
    assertThat(said.getDescription()).contains("no bean of type", "TicketRouter");
    assertThat(said.getAction()).contains("nylas.webhook.router to log");
  }

  @Test
  void theLogCanBeTheRouterAndTellsNothingButIds(CapturedOutput output) {
    bare.withPropertyValues("nylas.webhook.secrets=" + SECRET, "nylas.webhook.router=log")
        .withBean(
            MessageFetcher.class,
            () ->
                ref ->
                    Message.builder(ref.grantId(), ref.messageId())
                        .headers(List.of())
                        .subject("a confidential subject")
                        .body("a confidential body")
                        .date(Instant.now())
                        .build())
        .run(
            context -> {
              Logger log = (Logger) LoggerFactory.getLogger("io.github.nylaswebhook");
              Level level = log.getLevel();
              log.setLevel(Level.INFO);
              try {
                assertThat(context).hasNotFailed();
                context
                    .getBean(WebhookHandler.class)
                    .handle(
                        NotificationFixture.created(
                                Mail.of("grant-1", "message-7").subject("a confidential subject"))
                            .sign(SECRET)
                            .toRequest());
                await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> context.getBean(WebhookHandler.class).statistics().routed() == 1);
                assertThat(output.getOut()).contains("message-7").doesNotContain("confidential");
              } finally {
                log.setLevel(level);
              }
            });
  }

  @Test
  void severalRoutersAreAnErrorUnlessOneIsPrimary() {
    WebApplicationContextRunner two =
        runner
            .withBean("desk", TicketRouter.class, RecordingRouter::new)
            .withBean("chat", TicketRouter.class, RecordingRouter::new);
    FailureAnalysis said = failure(two);
    assertThat(said.getDescription()).contains("TicketRouter", "desk", "chat");
    assertThat(said.getAction()).contains("@Primary", "TicketRouter.byCategory", "allOf");

    runner.withUserConfiguration(Several.class).run(context -> assertThat(context).hasNotFailed());
  }

  @Configuration(proxyBeanMethods = false)
  static class Several {
    @Bean
    TicketRouter desk() {
      return new RecordingRouter("desk");
    }

    @Bean
    TicketRouter chat() {
      return new RecordingRouter("chat");
    }

    @Bean
    @Primary
    TicketRouter both() {
      return TicketRouter.allOf(desk(), chat());
    }
  }

  @Test
  void severalStoresAreAnError() {
    FailureAnalysis inboxes =
        failure(
            routed
                .withBean("one", InMemoryInbox.class, () -> InMemoryInbox.builder().build())
                .withBean("two", InMemoryInbox.class, () -> InMemoryInbox.builder().build()));
    assertThat(inboxes.getDescription()).contains(Inbox.class.getName(), "one", "two");
    FailureAnalysis claims =
        failure(
            routed
                .withBean("one", DedupStore.class, OwnParts::store)
                .withBean("two", DedupStore.class, OwnParts::store));
    assertThat(claims.getDescription()).contains(DedupStore.class.getName(), "one", "two");
  }

  @Test
  void aStoreThatIsAskedForAndNotThereIsAnError() {
    FailureAnalysis jdbc = failure(routed.withPropertyValues("nylas.webhook.inbox=jdbc"));
    assertThat(jdbc.getDescription())
        .contains("nylas.webhook.inbox is \"jdbc\"", "nylas-webhook-jdbc", "DataSource");
    FailureAnalysis redis = failure(routed.withPropertyValues("nylas.webhook.dedup=redis"));
    assertThat(redis.getDescription())
        .contains("nylas.webhook.dedup is \"redis\"", "nylas-webhook-redis", "RedisClient");
  }

  @Test
  void memoryIsSaidToBeLostWithTheProcess(CapturedOutput output) {
    routed.run(
        context ->
            assertThat(output.getOut())
                .containsOnlyOnce("Deliveries are kept in memory")
                .contains("nylas-webhook-jdbc"));
  }

  @Test
  void springBootPrintsWhatToDo(CapturedOutput output) {
    try {
      TestApplication.run(Router.class, "nylas.webhook.path=hooks", "nylas.webhook.secrets=s");
    } catch (RuntimeException e) {
      assertThat(output.getOut() + output.getErr())
          .contains("APPLICATION FAILED TO START", "Description:", "Action:")
          .contains("nylas.webhook.path is \"hooks\", which isn't a path")
          .contains("Change nylas.webhook.path");
      return;
    }
    throw new AssertionError("It started");
  }

  @Test
  void springBootPrintsNoSecretThatItCantBind(CapturedOutput output) {
    try {
      TestApplication.run(Router.class, "nylas.webhook.secrets[1]=whs_hidden");
    } catch (RuntimeException e) {
      assertThat(output.getOut() + output.getErr())
          .contains("nylas.webhook.secrets[1] can't be used", "nylas.webhook.secrets[0] on")
          .doesNotContain("whs_hidden");
      return;
    }
    throw new AssertionError("It started");
  }

  @Test
  void springBootSaysWhichRegionsThereAre(CapturedOutput output) {
    try {
      TestApplication.run(Router.class, "nylas.webhook.region=asia");
    } catch (RuntimeException e) {
      assertThat(output.getOut() + output.getErr())
          .contains("nylas.webhook.region", "asia", "EU", "US");
      return;
    }
    throw new AssertionError("It started");
  }

  /** What Spring Boot would print. */
  private static FailureAnalysis failure(WebApplicationContextRunner runner) {
    FailureAnalysis[] said = new FailureAnalysis[1];
    runner.run(
        context -> {
          assertThat(context).hasFailed();
          said[0] = new NylasWebhookFailureAnalyzer().analyze(context.getStartupFailure());
          assertThat(said[0]).as("of " + context.getStartupFailure()).isNotNull();
        });
    return said[0];
  }
}
