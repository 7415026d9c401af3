package io.github.nylaswebhook.samples.supportdesk;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where the desk is told to keep deliveries, claims and tickets. */
sealed interface StorageSettings {
  String DEFAULT_FOLDER = "data";

  /** In this process, and no longer than it lives. */
  record Memory() implements StorageSettings {}

  /** In a database of this desk's own, in a file in that folder. */
  record Embedded(Path folder) implements StorageSettings {}

  /**
   * In a database server.
   *
   * @param url as the driver wants it
   * @param name the URL to be shown: parameters can hold secrets, and are left out
   * @param user empty if the URL says it, or the driver's default does
   * @param password empty as well
   */
  record Server(String url, String name, String user, String password) implements StorageSettings {
    private static final Pattern URL = Pattern.compile("jdbc:([A-Za-z0-9]+):.*");
    private static final Set<String> SUPPORTED = Set.of("postgresql", "mariadb", "mysql");

    /** Never quotes the URL where something is wrong with it: it may hold a password. */
    static Server of(String url, String user, String password) throws Settings.InvalidException {
      if (!url.startsWith("jdbc:")) {
        throw new Settings.InvalidException(
            "DATABASE_URL has to begin with jdbc:, as in jdbc:postgresql://localhost/desk (user and"
                + " password go into DATABASE_USER and DATABASE_PASSWORD)");
      }
      Matcher matcher = URL.matcher(url);
      String kind = matcher.matches() ? matcher.group(1) : "";
      if (!SUPPORTED.contains(kind)) {
        throw new Settings.InvalidException(
            "DATABASE_URL names a database that isn't supported"
                + (kind.isEmpty() ? "" : " (jdbc:" + kind + ":)")
                + "; jdbc:postgresql:, jdbc:mariadb: and jdbc:mysql: are, and without DATABASE_URL"
                + " the desk has an embedded one");
      }
      String name = url.replaceFirst("\\?.*", "");
      if (name.contains("@")) {
        throw new Settings.InvalidException(
            "DATABASE_URL can't hold user and password before the host: they go into DATABASE_USER"
                + " and DATABASE_PASSWORD");
      }
      // MariaDB's driver speaks with both, and is the one that is here.
      return new Server(
          kind.equals("mysql") ? url.replaceFirst("mysql", "mariadb") : url, name, user, password);
    }

    /** Without the password, which the URL's parameters can hold, too. */
    @Override
    public String toString() {
      return name;
    }
  }

  static StorageSettings of(Map<String, String> environment, boolean memory)
      throws Settings.InvalidException {
    if (memory) {
      return new Memory();
    }
    String url = environment.getOrDefault("DATABASE_URL", "").strip();
    if (!url.isEmpty()) {
      return Server.of(
          url,
          environment.getOrDefault("DATABASE_USER", "").strip(),
          environment.getOrDefault("DATABASE_PASSWORD", ""));
    }
    String folder = environment.getOrDefault("DATA_DIR", "").strip();
    try {
      return new Embedded(Path.of(folder.isEmpty() ? DEFAULT_FOLDER : folder));
    } catch (InvalidPathException e) {
      throw new Settings.InvalidException("DATA_DIR can't be a folder: " + e.getMessage());
    }
  }
}
