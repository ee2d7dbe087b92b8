import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.BytesWritable;
import org.apache.hadoop.io.SequenceFile;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.io.Writable;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.mapred.FileInputFormat;
import org.apache.hadoop.mapred.FileSplit;
import org.apache.hadoop.mapred.InputFormat;
import org.apache.hadoop.mapred.InputSplit;
import org.apache.hadoop.mapred.JobConf;
import org.apache.hadoop.mapred.JobConfigurable;
import org.apache.hadoop.mapred.RecordReader;
import org.apache.hadoop.mapred.Reporter;
import org.apache.hadoop.util.ReflectionUtils;

/**
 * Hadoop's own formats, asked line by line: words with tabs between them in, an answer
 * of lines with a "." at the end out. "!" begins an error. Bytes are in base64.
 */
public class Peer {
    static final PrintStream OUT = System.out;

    public static void main(String[] args) throws Exception {
        System.setOut(System.err);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null; ) {
            String[] words = line.split("\t", -1);
            try {
                run(words);
            } catch (Exception error) {
                OUT.println("!" + error.toString().replace("\n", " "));
            }
            OUT.println(".");
            OUT.flush();
        }
    }

    static void run(String[] words) throws Exception {
        JobConf conf = new JobConf(false);
        conf.addResource("core-default.xml");
        conf.setBoolean("fs.file.impl.disable.cache", true);
        switch (words[0]) {
            case "read": read(words[1], words[2], set(conf, words, 3)); break;
            case "stream": stream(words[1], words[2], set(conf, words, 3)); break;
            case "compress": compress(words[1], words[2], unpack(words[3]), conf); break;
            case "write": write(words, conf); break;
            default: throw new IllegalArgumentException(words[0]);
        }
    }

    static JobConf set(JobConf conf, String[] words, int first) {
        for (int i = first; i < words.length; i++) {
            int equals = words[i].indexOf('=');
            byte[] value = unpack(words[i].substring(equals + 1));
            conf.set(words[i].substring(0, equals), new String(value, StandardCharsets.UTF_8));
        }
        return conf;
    }

    static byte[] unpack(String text) {
        return Base64.getDecoder().decode(text);
    }

    static String pack(byte[] data, int length) {
        byte[] exact = java.util.Arrays.copyOf(data, length);
        return Base64.getEncoder().encodeToString(exact);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    static InputFormat<Object, Object> format(String name, String path, JobConf conf)
            throws Exception {
        FileInputFormat.setInputPaths(conf, new Path(path));
        InputFormat found = (InputFormat) ReflectionUtils.newInstance(conf.getClassByName(name), conf);
        return found;
    }

    /** Prints each split and its records. */
    static void read(String name, String path, JobConf conf) throws Exception {
        InputFormat<Object, Object> format = format(name, path, conf);
        InputSplit[] splits = format.getSplits(conf, 1);
        for (InputSplit split : splits) {
            if (split instanceof FileSplit) {
                FileSplit file = (FileSplit) split;
                OUT.println("split " + file.getStart() + " " + file.getLength());
            } else {
                OUT.println("split 0 " + split.getLength());
            }
            RecordReader<Object, Object> reader = format.getRecordReader(split, conf, Reporter.NULL);
            Object key = reader.createKey();
            Object value = reader.createValue();
            while (reader.next(key, value)) {
                OUT.println("record " + bytes(value));
            }
            reader.close();
        }
    }

    static String bytes(Object value) {
        if (value instanceof Text) {
            Text text = (Text) value;
            return pack(text.getBytes(), text.getLength());
        }
        byte[] data = value.toString().getBytes(StandardCharsets.UTF_8);
        return pack(data, data.length);
    }

    /** Writes the records to a file (a pipe) as XLearning's container did. */
    static void stream(String name, String path, JobConf conf) throws Exception {
        String target = conf.get("peer.target");
        InputFormat<Object, Object> format = format(name, path, conf);
        try (DataOutputStream out = new DataOutputStream(
                new java.io.BufferedOutputStream(new java.io.FileOutputStream(target), 1 << 16))) {
            for (InputSplit split : format.getSplits(conf, 1)) {
                RecordReader<Object, Object> reader = format.getRecordReader(split, conf, Reporter.NULL);
                Object key = reader.createKey();
                Object value = reader.createValue();
                while (reader.next(key, value)) {
                    out.write(value.toString().getBytes(StandardCharsets.UTF_8));
                    out.write('\n');
                }
                reader.close();
            }
        }
    }

    static CompressionCodec codec(String name, Configuration conf) throws Exception {
        return (CompressionCodec) ReflectionUtils.newInstance(conf.getClassByName(name), conf);
    }

    /** Writes bytes through a codec. */
    static void compress(String name, String path, byte[] data, Configuration conf) throws Exception {
        ByteArrayOutputStream memory = new ByteArrayOutputStream();
        try (OutputStream out = codec(name, conf).createOutputStream(memory)) {
            out.write(data);
        }
        java.nio.file.Files.write(java.nio.file.Paths.get(path), memory.toByteArray());
    }

    /** write PATH KEY VALUE COMPRESSION CODEC SYNC key value key value ... */
    static void write(String[] words, Configuration conf) throws Exception {
        Class<?> key = conf.getClassByName(words[2]);
        Class<?> value = conf.getClassByName(words[3]);
        SequenceFile.CompressionType type = SequenceFile.CompressionType.valueOf(words[4]);
        CompressionCodec codec = words[5].isEmpty() ? null : codec(words[5], conf);
        SequenceFile.Metadata metadata = new SequenceFile.Metadata();
        metadata.set(new Text("made by"), new Text("Peer"));
        conf.setInt("io.seqfile.compress.blocksize", Integer.parseInt(words[6]));
        try (SequenceFile.Writer writer = SequenceFile.createWriter(conf,
                SequenceFile.Writer.file(new Path(words[1])),
                SequenceFile.Writer.keyClass(key), SequenceFile.Writer.valueClass(value),
                SequenceFile.Writer.metadata(metadata),
                SequenceFile.Writer.syncInterval(Integer.parseInt(words[6])),
                SequenceFile.Writer.compression(type, codec))) {
            for (int i = 7; i + 1 < words.length; i += 2) {
                writer.append(make(key, words[i]), make(value, words[i + 1]));
            }
        }
    }

    static Writable make(Class<?> type, String text) throws Exception {
        if (type == Text.class) {
            return new Text(unpack(text));
        }
        if (type == BytesWritable.class) {
            return new BytesWritable(unpack(text));
        }
        if (type == org.apache.hadoop.io.NullWritable.class) {
            return org.apache.hadoop.io.NullWritable.get();
        }
        String plain = new String(unpack(text), StandardCharsets.UTF_8);
        for (java.lang.reflect.Constructor<?> each : type.getConstructors()) {
            if (each.getParameterCount() == 1) {
                Class<?> kind = each.getParameterTypes()[0];
                if (kind == int.class) return (Writable) each.newInstance(Integer.parseInt(plain));
                if (kind == long.class) return (Writable) each.newInstance(Long.parseLong(plain));
                if (kind == short.class) return (Writable) each.newInstance(Short.parseShort(plain));
                if (kind == byte.class) return (Writable) each.newInstance(Byte.parseByte(plain));
                if (kind == boolean.class) return (Writable) each.newInstance(Boolean.parseBoolean(plain));
                if (kind == float.class) return (Writable) each.newInstance(Float.parseFloat(plain));
                if (kind == double.class) return (Writable) each.newInstance(Double.parseDouble(plain));
            }
        }
        throw new IllegalArgumentException(type.getName());
    }
}
