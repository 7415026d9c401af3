package io.github.nylaswebhook.jms;

import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.config.impl.SecurityConfiguration;
import org.apache.activemq.artemis.core.security.Role;
import org.apache.activemq.artemis.core.server.JournalType;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.activemq.artemis.spi.core.security.ActiveMQJAASSecurityManager;
import org.apache.activemq.artemis.spi.core.security.jaas.InVMLoginModule;

/** An Apache Artemis of this process, with its journal in a directory, on a socket. */
final class Broker {
  static final String USER = "router";
  static final String PASSWORD = "right";

  /** A queue that doesn't exist, and isn't made by being asked for. */
  static final String UNKNOWN = "unknown.tickets";

  private final Path directory;
  private final int port;
  private EmbeddedActiveMQ server;

  Broker(Path directory) throws Exception {
    this.directory = directory;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start();
  }

  void start() throws Exception {
    Configuration configuration =
        new ConfigurationImpl()
            .setPersistenceEnabled(true)
            .setJournalType(JournalType.NIO)
            // What is tested outlives the broker, not the machine.
            .setJournalSyncTransactional(false)
            .setJournalFileSize(1 << 20)
            .setJournalMinFiles(2)
            .setMaxDiskUsage(-1)
            .setJournalDirectory(directory.resolve("journal").toString())
            .setBindingsDirectory(directory.resolve("bindings").toString())
            .setLargeMessagesDirectory(directory.resolve("large").toString())
            .setPagingDirectory(directory.resolve("paging").toString())
            .setSecurityEnabled(true)
            .addAcceptorConfiguration("tcp", "tcp://127.0.0.1:" + port)
            // With a queue that is deleted, it is forgotten what was in it.
            .addAddressSetting(
                "#", new AddressSettings().setAutoDeleteQueues(false).setAutoDeleteAddresses(false))
            .addAddressSetting(UNKNOWN, created())
            // Where clients look next, for brokers of version 1.
            .addAddressSetting("jms.queue." + UNKNOWN, created());
    configuration.putSecurityRoles(
        "#",
        Set.of(
            new Role(
                "all", true, true, true, true, true, true, true, true, true, true, true, true)));
    SecurityConfiguration users = new SecurityConfiguration();
    users.addUser(USER, PASSWORD);
    users.addRole(USER, "all");
    server = new EmbeddedActiveMQ();
    server.setConfiguration(configuration);
    server.setSecurityManager(
        new ActiveMQJAASSecurityManager(InVMLoginModule.class.getName(), users));
    server.start();
  }

  /** Settings of what comes into being by people alone. */
  private static AddressSettings created() {
    return new AddressSettings().setAutoCreateQueues(false).setAutoCreateAddresses(false);
  }

  void stop() throws Exception {
    server.stop();
  }

  ConnectionFactory factory() {
    return factory(PASSWORD);
  }

  ConnectionFactory factory(String password) {
    return new ActiveMQConnectionFactory(
        "tcp://127.0.0.1:"
            + port
            + "?reconnectAttempts=0&initialConnectAttempts=1&callTimeout=5000",
        USER,
        password);
  }

  /** Takes what is in a queue. */
  List<Message> take(String queue) {
    try (Connection connection = factory().createConnection()) {
      connection.start();
      Session session = connection.createSession();
      MessageConsumer consumer = session.createConsumer(session.createQueue(queue));
      List<Message> messages = new ArrayList<>();
      while (count(queue) > 0) {
        Message message = consumer.receive(100);
        if (message != null) {
          messages.add(message);
        }
      }
      return messages;
    } catch (JMSException e) {
      throw new AssertionError(e);
    }
  }

  private long count(String queue) {
    org.apache.activemq.artemis.core.server.Queue there =
        server.getActiveMQServer().locateQueue(queue);
    return there == null ? 0 : there.getMessageCount();
  }
}
