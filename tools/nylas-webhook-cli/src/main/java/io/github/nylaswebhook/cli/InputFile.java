package io.github.nylaswebhook.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file that was named on the command line. */
final class InputFile {
  private InputFile() {}

  /** Something that is done with a file. */
  interface Use<T> {
    T of(Path path) throws IOException;
  }

  /**
   * Does something with a file.
   *
   * @throws UnusableException if there is no such file, or it can't be opened
   * @throws IOException what the use throws else
   */
  static <T> T use(String name, Use<T> use) throws UnusableException, IOException {
    try {
      Path path = Path.of(name);
      if (Files.isDirectory(path)) {
        throw new UnusableException(name + " is a folder, not a file");
      }
      return use.of(path);
    } catch (NoSuchFileException e) {
      throw new UnusableException(name + ": there is no such file");
    } catch (AccessDeniedException e) {
      throw new UnusableException(name + " can't be read: access is denied");
    } catch (InvalidPathException e) {
      // As names beyond ASCII are under LC_ALL=C.
      throw new UnusableException(name + " can't be the name of a file in this locale");
    }
  }
}
