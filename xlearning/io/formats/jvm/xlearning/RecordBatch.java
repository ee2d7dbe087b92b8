package xlearning;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.io.Text;

/**
 * Moves records by the megabyte: a call from Python for each would cost more than the
 * record. `scripts/java-bridge` compiles it.
 */
public final class RecordBatch {
    /** Nobody waits longer for a record, and a reader that is slow is seen to move. */
    private static final long PATIENCE_NS = 500_000_000L;

    private RecordBatch() {}

    /** Returns about `size` bytes of values, a line each; null behind the last one. */
    public static byte[] readMapred(
            org.apache.hadoop.mapred.RecordReader<Object, Object> reader, Object key, Object value, int size)
            throws IOException {
        ByteArrayOutputStream lines = new ByteArrayOutputStream(size + (size >> 2));
        boolean any = false;
        for (long begun = System.nanoTime(); goesOn(lines, size, begun) && reader.next(key, value); ) {
            any = true;
            append(lines, value);
        }
        return any ? lines.toByteArray() : null;
    }

    /** The same for the newer API. */
    public static byte[] readMapreduce(
            org.apache.hadoop.mapreduce.RecordReader<Object, Object> reader, int size)
            throws IOException, InterruptedException {
        ByteArrayOutputStream lines = new ByteArrayOutputStream(size + (size >> 2));
        boolean any = false;
        for (long begun = System.nanoTime(); goesOn(lines, size, begun) && reader.nextKeyValue(); ) {
            any = true;
            append(lines, reader.getCurrentValue());
        }
        return any ? lines.toByteArray() : null;
    }

    /** Writes whole lines as Texts with one key. */
    public static void writeMapred(
            org.apache.hadoop.mapred.RecordWriter<Object, Object> writer, Object key, byte[] lines)
            throws IOException {
        for (int start = 0, end; start < lines.length; start = end + 1) {
            end = end(lines, start);
            writer.write(key, text(lines, start, end));
        }
    }

    /** The same for the newer API. */
    public static void writeMapreduce(
            org.apache.hadoop.mapreduce.RecordWriter<Object, Object> writer, Object key, byte[] lines)
            throws IOException, InterruptedException {
        for (int start = 0, end; start < lines.length; start = end + 1) {
            end = end(lines, start);
            writer.write(key, text(lines, start, end));
        }
    }

    private static boolean goesOn(ByteArrayOutputStream lines, int size, long begun) {
        return lines.size() < size && (lines.size() == 0 || System.nanoTime() - begun < PATIENCE_NS);
    }

    private static void append(ByteArrayOutputStream lines, Object value) {
        if (value instanceof Text) {
            Text text = (Text) value;
            lines.write(text.getBytes(), 0, text.getLength());
        } else {
            byte[] data = String.valueOf(value).getBytes(StandardCharsets.UTF_8);
            lines.write(data, 0, data.length);
        }
        lines.write('\n');
    }

    private static int end(byte[] lines, int start) {
        int end = start;
        while (lines[end] != '\n') {
            end++;
        }
        return end;
    }

    private static Text text(byte[] lines, int start, int end) {
        Text text = new Text();
        text.set(lines, start, end - start);
        return text;
    }
}
