/** Claims, conversations and the rate limit in Redis, shared by all nodes. */
module io.github.nylaswebhook.redis {
  requires com.github.benmanes.caffeine;
  requires io.github.bucket4j.core;
  requires io.github.bucket4j.lettuce;
  requires io.github.bucket4j.redis.common;
  requires transitive io.github.nylaswebhook.core;
  requires transitive lettuce.core;
  requires static org.jspecify;
  requires org.slf4j;

  // Lettuce has no descriptor that could ask for them.
  requires io.netty.buffer;
  requires io.netty.common;
  requires io.netty.handler;
  requires io.netty.resolver.dns;
  requires io.netty.transport;

  exports io.github.nylaswebhook.redis;
}
