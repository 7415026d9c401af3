package io.github.nylaswebhook.jdbc;

import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A process of its own that holds a lock until it is killed. */
final class Locker {
  private Locker() {}

  public static void main(String[] arguments) throws Exception {
    FileChannel channel =
        FileChannel.open(
            Path.of(arguments[0]), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = channel.lock();
    System.out.write('L');
    System.out.flush();
    // Its parent reads; when that is gone, so is this.
    while (lock.isValid()) {
      Thread.sleep(100);
      System.out.write('.');
      if (System.out.checkError()) {
        return;
      }
    }
  }
}
