package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.nylas.GrantLimiter;
import io.github.nylaswebhook.redis.RedisDedupStore;
import io.github.nylaswebhook.redis.RedisGrantLimiter;
import io.lettuce.core.RedisClient;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.util.ClassUtils;

/**
 * The claims and the rate limit in Redis, if nylas-webhook-redis is there and Redis is known: by a
 * {@link RedisClient} bean, by Spring Data Redis, or by {@code spring.data.redis.url}.
 */
@AutoConfiguration(
    afterName = {
      "org.springframework.boot.autoconfigure.data.redis.RedisAutoConfiguration",
      "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration"
    })
@ConditionalOnClass({RedisDedupStore.class, RedisClient.class})
@Conditional(NylasWebhookRedisAutoConfiguration.RedisIsKnown.class)
@ConditionalOnMissingBean(WebhookHandler.class)
@ConditionalOnProperty(name = "nylas.webhook.enabled", matchIfMissing = true)
public final class NylasWebhookRedisAutoConfiguration {
  static final String NEEDS =
      "nylas-webhook-redis on the class path, and a RedisClient bean, Spring Data Redis with"
          + " Lettuce, or spring.data.redis.url";

  private static final String SPRING_DATA =
      "org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory";

  NylasWebhookRedisAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean(DedupStore.class)
  @Conditional(Choice.DedupInRedis.class)
  RedisDedupStore nylasWebhookDedupStore(
      ObjectProvider<RedisClient> clients, ListableBeanFactory beans, Environment environment) {
    RedisClient client = client(clients, beans);
    return client == null
        ? RedisDedupStore.builder(environment.getRequiredProperty("spring.data.redis.url")).build()
        : RedisDedupStore.builder(client).build();
  }

  @Bean
  @ConditionalOnMissingBean(GrantLimiter.class)
  RedisGrantLimiter nylasWebhookGrantLimiter(
      ObjectProvider<RedisClient> clients, ListableBeanFactory beans, Environment environment) {
    RedisClient client = client(clients, beans);
    return client == null
        ? RedisGrantLimiter.builder(environment.getRequiredProperty("spring.data.redis.url"))
            .build()
        : RedisGrantLimiter.builder(client).build();
  }

  /** The application's; null if it only has an address. */
  static @Nullable RedisClient client(
      ObjectProvider<RedisClient> clients, ListableBeanFactory beans) {
    return Beans.only(clients, RedisClient.class)
        .or(
            () ->
                ClassUtils.isPresent(
                        SPRING_DATA, NylasWebhookRedisAutoConfiguration.class.getClassLoader())
                    ? SpringData.client(beans)
                    : Optional.empty())
        .orElse(null);
  }

  /** Apart, so that nothing of Spring Data is loaded where it isn't. */
  private static final class SpringData {
    static Optional<RedisClient> client(ListableBeanFactory beans) {
      return Beans.only(
              beans.getBeanProvider(LettuceConnectionFactory.class), LettuceConnectionFactory.class)
          .map(SpringData::nativeClient);
    }

    private static RedisClient nativeClient(LettuceConnectionFactory factory) {
      if (!factory.isRunning()) {
        factory.start();
      }
      if (factory.getNativeClient() instanceof RedisClient client) {
        return client;
      }
      throw new NylasWebhookConfigurationException(
          "Spring Data Redis is connected to a cluster, which the webhook's claims can't be kept in",
          "Declare a bean of type RedisClient for a Redis that is none, or set nylas.webhook.dedup"
              + " to jdbc and declare a GrantLimiter bean.");
    }
  }

  static final class RedisIsKnown extends AnyNestedCondition {
    RedisIsKnown() {
      super(ConfigurationPhase.REGISTER_BEAN);
    }

    @ConditionalOnBean(RedisClient.class)
    static final class ByClient {}

    @ConditionalOnBean(type = SPRING_DATA)
    static final class BySpringData {}

    @ConditionalOnProperty("spring.data.redis.url")
    static final class ByUrl {}
  }
}
