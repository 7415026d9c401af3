package io.github.nylaswebhook.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Puts conversations, and the keys that they have now, in place of what there was. The
 * conversations' rows come first: whoever has them locked is alone with their keys.
 */
final class ConversationChange implements BatchWriter.Change<ConversationChange.Saved> {
  private static final String INSERT_KEY =
      "insert into " + JdbcConversationStore.KEYS + " (key_hash, conversation_hash) values (?, ?)";

  private static final String DELETE_KEY =
      "delete from " + JdbcConversationStore.KEYS + " where key_hash = ? and conversation_hash = ?";

  private final String put;

  /**
   * A conversation as it is to be found.
   *
   * @param key the SHA-256 of its id
   * @param keys those of its keys
   * @param retention in milliseconds
   */
  record Saved(String key, String document, Set<String> keys, long retention)
      implements BatchWriter.Row {
    @Override
    public int bytes() {
      return document.length() + 128 * keys.size();
    }
  }

  /** A key of a conversation, by their hashes. */
  private record Link(String key, String conversation) {}

  ConversationChange(Dialect dialect) {
    put =
        dialect.insertOrUpdate(
            JdbcConversationStore.TABLE,
            List.of("conversation_hash", "document", "saved", "ends"),
            "?, ?, "
                + dialect.later(JdbcConversationStore.TABLE, "saved")
                + ", "
                + dialect.nowMillis()
                + " + ?",
            "conversation_hash");
  }

  @Override
  public boolean isOneStatement(int rows) {
    return false;
  }

  @Override
  public boolean[] make(Connection connection, List<Saved> rows) throws SQLException {
    // Of several that are the same conversation, the last one counts.
    Map<String, Saved> conversations = new LinkedHashMap<>();
    rows.forEach(row -> conversations.put(row.key, row));
    try (PreparedStatement statement = connection.prepareStatement(put)) {
      for (Saved conversation : conversations.values()) {
        statement.setString(1, conversation.key);
        statement.setString(2, conversation.document);
        statement.setLong(3, conversation.retention);
        statement.addBatch();
      }
      statement.executeBatch();
    }
    Set<Link> known = links(connection, List.copyOf(conversations.keySet()));
    List<Link> more = new ArrayList<>();
    for (Saved conversation : conversations.values()) {
      for (String key : conversation.keys) {
        Link link = new Link(key, conversation.key);
        if (!known.remove(link)) {
          more.add(link);
        }
      }
    }
    change(connection, DELETE_KEY, known);
    change(connection, INSERT_KEY, more);
    boolean[] changed = new boolean[rows.size()];
    Arrays.fill(changed, true);
    return changed;
  }

  private static Set<Link> links(Connection connection, List<String> conversations)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select key_hash, conversation_hash from "
                + JdbcConversationStore.KEYS
                + where(conversations.size()))) {
      set(statement, conversations);
      Set<Link> links = new HashSet<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          links.add(new Link(rows.getString(1), rows.getString(2)));
        }
      }
      return links;
    }
  }

  private static void change(Connection connection, String sql, Iterable<Link> links)
      throws SQLException {
    if (!links.iterator().hasNext()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (Link link : links) {
        statement.setString(1, link.key);
        statement.setString(2, link.conversation);
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  /** The first column of all rows. */
  static List<String> select(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet rows = statement.executeQuery()) {
      List<String> found = new ArrayList<>();
      while (rows.next()) {
        found.add(rows.getString(1));
      }
      return found;
    }
  }

  /** The rows of these conversations. */
  static void delete(Connection connection, String table, List<String> conversations)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("delete from " + table + where(conversations.size()))) {
      set(statement, conversations);
      statement.executeUpdate();
    }
  }

  private static String where(int conversations) {
    return " where conversation_hash in (" + JdbcConversationStore.marks(conversations) + ")";
  }

  private static void set(PreparedStatement statement, List<String> values) throws SQLException {
    for (int i = 0; i < values.size(); i++) {
      statement.setString(i + 1, values.get(i));
    }
  }
}
