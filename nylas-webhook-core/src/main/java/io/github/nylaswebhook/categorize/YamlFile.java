package io.github.nylaswebhook.categorize;

import io.github.nylaswebhook.categorize.RuleFormatException.Problem;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.Parser;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Reads YAML 1.2, with the places of its values. The only class that needs snakeyaml-engine. Tags
 * make no objects here: what has another than a scalar's, a sequence's or a mapping's is refused.
 */
final class YamlFile {
  /** Aliases to lists and objects, each of which may repeat others. */
  private static final int MAX_ALIASES = 50;

  /** Values, those that aliases repeat included. */
  private static final int MAX_VALUES = 200_000;

  private final List<Problem> problems;
  private int values;

  private YamlFile(List<Problem> problems) {
    this.problems = problems;
  }

  /** As {@link JsonFile#read}. */
  static FileNode read(String text, List<Problem> problems) throws RuleFormatException {
    LoadSettings settings =
        LoadSettings.builder()
            .setMaxAliasesForCollections(MAX_ALIASES)
            .setAllowRecursiveKeys(false)
            .setCodePointLimit(RuleFile.MAX_SIZE)
            .build();
    try {
      checkDepth(settings, text);
      Iterator<Node> documents = new Composer(settings, parser(settings, text));
      if (!documents.hasNext()) {
        throw new RuleFormatException(new Problem("$", 1, "nothing", "an object"));
      }
      FileNode node = new YamlFile(problems).value(documents.next(), "$", 0);
      if (documents.hasNext()) {
        throw new RuleFormatException(
            new Problem("$", line(documents.next()), "a second document", "one"));
      }
      return node;
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw new RuleFormatException(new Problem("$", line, e.getProblem(), "well-formed YAML"));
    } catch (YamlEngineException e) {
      throw new RuleFormatException(
          new Problem("$", 1, String.valueOf(e.getMessage()), "YAML that can be read"));
    }
  }

  private static Parser parser(LoadSettings settings, String text) {
    return new ParserImpl(settings, new StreamReader(settings, text));
  }

  /** The composer calls itself for each level; the parser doesn't. */
  private static void checkDepth(LoadSettings settings, String text) throws RuleFormatException {
    int depth = 0;
    for (Parser events = parser(settings, text); events.hasNext(); ) {
      Event event = events.next();
      if (event instanceof CollectionStartEvent && ++depth > FileNode.MAX_DEPTH) {
        throw new RuleFormatException(tooDeep("$", line(event.getStartMark())));
      }
      depth -= event instanceof CollectionEndEvent ? 1 : 0;
    }
  }

  private static Problem tooDeep(String path, int line) {
    return new Problem(path, line, "more than " + FileNode.MAX_DEPTH + " levels", "fewer");
  }

  private static int line(Node node) {
    return line(node.getStartMark());
  }

  private static int line(Optional<Mark> mark) {
    return mark.isPresent() ? mark.get().getLine() + 1 : 1;
  }

  private FileNode value(Node node, String path, int depth) throws RuleFormatException {
    int at = line(node);
    // Anchors may make a value hold itself, too.
    if (depth > FileNode.MAX_DEPTH) {
      throw new RuleFormatException(tooDeep(path, at));
    }
    if (++values > MAX_VALUES) {
      throw new RuleFormatException(
          new Problem(path, at, "more than " + MAX_VALUES + " values", "fewer"));
    }
    if (node instanceof MappingNode mapping && mapping.getTag().equals(Tag.MAP)) {
      return new FileNode(path, at, members(mapping, path, depth));
    }
    if (node instanceof SequenceNode sequence && sequence.getTag().equals(Tag.SEQ)) {
      List<FileNode> elements = new ArrayList<>();
      for (Node element : sequence.getValue()) {
        elements.add(value(element, FileNode.element(path, elements.size()), depth + 1));
      }
      return new FileNode(path, at, elements);
    }
    return new FileNode(path, at, scalar(node, path, at));
  }

  private static Object scalar(Node node, String path, int at) throws RuleFormatException {
    if (node instanceof ScalarNode scalar) {
      String text = scalar.getValue();
      Tag tag = scalar.getTag();
      if (tag.equals(Tag.STR)) {
        return text;
      }
      if (tag.equals(Tag.NULL)) {
        return FileNode.NULL;
      }
      if (tag.equals(Tag.BOOL)) {
        return Boolean.valueOf(text);
      }
      if (tag.equals(Tag.INT) || tag.equals(Tag.FLOAT)) {
        return new FileNode.Numeral(text);
      }
    }
    throw new RuleFormatException(
        new Problem(path, at, "the tag " + node.getTag(), "a value without one"));
  }

  private Map<String, FileNode> members(MappingNode mapping, String path, int depth)
      throws RuleFormatException {
    Map<String, FileNode> members = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw new RuleFormatException(
            new Problem(path, line(tuple.getKeyNode()), "a key that is no text", "a name"));
      }
      String name = key.getValue();
      FileNode member = value(tuple.getValueNode(), FileNode.member(path, name), depth + 1);
      if (members.putIfAbsent(name, member) != null) {
        problems.add(JsonFile.twice(new FileNode(member.path(), line(key), member.value())));
      }
    }
    return members;
  }
}
