package io.github.nylaswebhook.jdbc;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import javax.sql.DataSource;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * A SQLite database in a file, for one process: each commit is on the disk when it returns (write-
 * ahead log, {@code synchronous=FULL}), and no second process opens it. Needs {@code
 * org.xerial:sqlite-jdbc}, which this module doesn't bring along.
 *
 * <p>SQLite has one writer at a time, and lets those wait by trying again: a pool of one connection
 * around {@link #dataSource()} lets them take turns, which is faster.
 */
public final class EmbeddedDatabase implements AutoCloseable {
  /** Only somebody who looks in by hand could make us wait. */
  private static final int BUSY_TIMEOUT_MILLIS = 5000;

  private final FileChannel channel;
  private final FileLock lock;
  private final DataSource dataSource;

  private EmbeddedDatabase(FileChannel channel, FileLock lock, DataSource dataSource) {
    this.channel = channel;
    this.lock = lock;
    this.dataSource = dataSource;
  }

  /**
   * Opens it, and creates the file, its folder and the tables where they are missing, or brings the
   * tables up to date.
   *
   * @throws IOException if the file can't be had: another process has it, or the folder is none
   *     that can be written
   */
  public static EmbeddedDatabase open(Path file) throws IOException {
    Path absolute = file.toAbsolutePath();
    if (Files.isDirectory(absolute)) {
      throw new IOException(file + " is a folder; an embedded database is a file in one");
    }
    Path folder = absolute.getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    // Beside it: SQLite's own locks are on the file itself, and end when anybody closes it.
    Path lockFile = absolute.resolveSibling(absolute.getFileName() + ".lock");
    FileChannel channel =
        FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = lock(channel, file);
      DataSource dataSource = sqlite(absolute);
      JdbcSchema.createSchemaIfMissing(dataSource);
      return new EmbeddedDatabase(channel, lock, dataSource);
    } catch (IllegalStateException e) {
      channel.close();
      throw new IOException(file + " can't be used: " + e.getMessage(), e);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static FileLock lock(FileChannel channel, Path file) throws IOException {
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      throw new IOException(file + " is open in this process already; share that one", e);
    }
    if (lock == null) {
      throw new IOException(
          file + " is in use by another process; an embedded database is for one only");
    }
    return lock;
  }

  private static DataSource sqlite(Path file) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
    // A transaction that reads first and then writes would fail where it can wait.
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    SQLiteDataSource dataSource = new SQLiteDataSource(config);
    dataSource.setUrl("jdbc:sqlite:" + file);
    return dataSource;
  }

  /** Opens a new connection each time; to be put into a pool of one. */
  public DataSource dataSource() {
    return dataSource;
  }

  /** Lets others have the file. Close the pool first. */
  @Override
  public void close() {
    try {
      lock.release();
      channel.close();
    } catch (IOException e) {
      // The process' end releases it.
    }
  }
}
