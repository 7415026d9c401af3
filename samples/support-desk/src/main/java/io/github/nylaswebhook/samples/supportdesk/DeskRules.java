package io.github.nylaswebhook.samples.supportdesk;

import io.github.nylaswebhook.categorize.Categorizer;
import io.github.nylaswebhook.categorize.RuleFile;
import io.github.nylaswebhook.categorize.RuleSet;
import io.github.nylaswebhook.categorize.WatchedRules;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What the desk categorizes by.
 *
 * @param problem what is wrong with it now, for those who look after the desk
 */
record DeskRules(Categorizer categorizer, Supplier<Optional<String>> problem) {
  static DeskRules of(Settings settings) throws Settings.InvalidException {
    String file = settings.rulesFile();
    if (file.isEmpty()) {
      RuleSet rules = RuleSet.standard().withVipDomains(settings.vipDomains());
      return new DeskRules(rules, Optional::empty);
    }
    try {
      WatchedRules rules = RuleFile.watching(Path.of(file));
      return new DeskRules(rules, () -> rules.problem().map(DatabaseStorage::oneLine));
    } catch (NoSuchFileException | InvalidPathException e) {
      throw invalid(file, "there is no such file");
    } catch (AccessDeniedException e) {
      throw invalid(file, "it may not be read");
    } catch (IOException e) {
      throw invalid(file, String.valueOf(e.getMessage()));
    }
  }

  private static Settings.InvalidException invalid(String file, String why) {
    return new Settings.InvalidException(
        DatabaseStorage.oneLine("RULES_FILE can't be used: " + file + ": " + why));
  }
}
