import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Base64;
import org.apache.hadoop.thirdparty.protobuf.ByteString;
import org.apache.hadoop.thirdparty.protobuf.Descriptors.EnumValueDescriptor;
import org.apache.hadoop.thirdparty.protobuf.Descriptors.FieldDescriptor;
import org.apache.hadoop.thirdparty.protobuf.Message;
import org.apache.hadoop.thirdparty.protobuf.TextFormat;

/**
 * Reads and writes messages with Hadoop's own generated classes.
 *
 * <p>Lines in: "decode CLASS BASE64" or "fill CLASS". Lines out: the message's text form
 * and its bytes, both in base64.
 */
public final class MessageMirror {
  private static final int DEEPEST = 5;

  public static void main(String[] args) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    String line;
    while ((line = in.readLine()) != null) {
      String[] words = line.split(" ", -1);
      Message empty =
          (Message) Class.forName(words[1]).getMethod("getDefaultInstance").invoke(null);
      Message message =
          words[0].equals("decode")
              ? empty.getParserForType().parseFrom(Base64.getDecoder().decode(words[2]))
              : fill(empty.newBuilderForType(), 0);
      refuseUnknown(message);
      String text = TextFormat.printer().printToString(message);
      System.out.println(
          encode(text.getBytes("UTF-8")) + " " + encode(message.toByteArray()));
    }
  }

  private static String encode(byte[] data) {
    return Base64.getEncoder().encodeToString(data);
  }

  private static void refuseUnknown(Message message) {
    if (!message.getUnknownFields().asMap().isEmpty()) {
      String name = message.getDescriptorForType().getName();
      throw new IllegalStateException(
          name + " has fields that Hadoop does not know: " + message.getUnknownFields());
    }
    for (Object value : message.getAllFields().values()) {
      if (value instanceof Message) {
        refuseUnknown((Message) value);
      } else if (value instanceof Iterable) {
        for (Object each : (Iterable<?>) value) {
          if (each instanceof Message) {
            refuseUnknown((Message) each);
          }
        }
      }
    }
  }

  /** Sets every field to something that is not its default. */
  private static Message fill(Message.Builder builder, int depth) {
    for (FieldDescriptor field : builder.getDescriptorForType().getFields()) {
      boolean nested = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
      if (nested && depth >= DEEPEST && !field.isRequired()) {
        continue;
      }
      if (field.isRepeated()) {
        builder.addRepeatedField(field, value(builder, field, depth, 1));
        builder.addRepeatedField(field, value(builder, field, depth, 2));
      } else {
        builder.setField(field, value(builder, field, depth, 1));
      }
    }
    return builder.build();
  }

  private static Object value(
      Message.Builder builder, FieldDescriptor field, int depth, int salt) {
    int number = 1000 * depth + 10 * field.getNumber() + salt;
    switch (field.getJavaType()) {
      case INT:
        return number;
      case LONG:
        return (1L << 40) + number;
      case FLOAT:
        return number + 0.5f;
      case DOUBLE:
        return number + 0.25;
      case BOOLEAN:
        return !(field.hasDefaultValue() && (Boolean) field.getDefaultValue());
      case STRING:
        return field.getName() + "-ü-" + number;
      case BYTE_STRING:
        return ByteString.copyFrom(new byte[] {(byte) number, (byte) 0xff, 0});
      case ENUM:
        java.util.List<EnumValueDescriptor> values = field.getEnumType().getValues();
        return values.get(values.size() - 1);
      default:
        return fill(builder.newBuilderForField(field), depth + 1);
    }
  }
}
