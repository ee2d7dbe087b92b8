package custom;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.IntWritable;
import org.apache.hadoop.io.NullWritable;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.io.Writable;
import org.apache.hadoop.util.Progressable;

/** Formats that no Hadoop has, of both APIs. They count, and shout. */
public final class Custom {
    /** A range of numbers. */
    public static class OldSplit implements org.apache.hadoop.mapred.InputSplit {
        int first;
        int count;

        public long getLength() {
            return count;
        }

        public String[] getLocations() {
            return new String[] {"n" + first};
        }

        public void write(DataOutput out) throws IOException {
            out.writeInt(first);
            out.writeInt(count);
        }

        public void readFields(DataInput in) throws IOException {
            first = in.readInt();
            count = in.readInt();
        }
    }

    static void sleep(long milliseconds) throws IOException {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException error) {
            throw new IOException(error);
        }
    }

    static void fill() {
        List<byte[]> held = new ArrayList<>();
        while (held.size() < Integer.MAX_VALUE) {
            held.add(new byte[1 << 20]);
        }
    }

    /** Counts in three splits. */
    public static class OldCounter implements org.apache.hadoop.mapred.InputFormat<NullWritable, IntWritable> {
        public org.apache.hadoop.mapred.InputSplit[] getSplits(org.apache.hadoop.mapred.JobConf conf, int hint) {
            System.out.println("a user's class prints on stdout");
            OldSplit[] splits = new OldSplit[3];
            for (int i = 0; i < splits.length; i++) {
                splits[i] = new OldSplit();
                splits[i].count = conf.getInt("custom.count", 10);
                splits[i].first = i * splits[i].count;
            }
            return splits;
        }

        public org.apache.hadoop.mapred.RecordReader<NullWritable, IntWritable> getRecordReader(
                org.apache.hadoop.mapred.InputSplit split,
                final org.apache.hadoop.mapred.JobConf conf,
                org.apache.hadoop.mapred.Reporter reporter) {
            final OldSplit own = (OldSplit) split;
            return new org.apache.hadoop.mapred.RecordReader<NullWritable, IntWritable>() {
                int done;

                public boolean next(NullWritable key, IntWritable value) throws IOException {
                    if (own.first + done == conf.getInt("custom.fail", -1)) {
                        throw new IOException("no more than " + done);
                    }
                    if (own.first + done == conf.getInt("custom.die", -1)) {
                        Runtime.getRuntime().halt(7);
                    }
                    if (own.first + done == conf.getInt("custom.hang", -1)) {
                        sleep(Long.MAX_VALUE);
                    }
                    sleep(conf.getInt("custom.slow", 0));
                    if (own.first + done == conf.getInt("custom.fill", -1)) {
                        fill();
                    }
                    boolean tells = conf.getBoolean("custom.pid", false);
                    value.set(tells ? (int) ProcessHandle.current().pid() : own.first + done);
                    return done++ < own.count;
                }

                public NullWritable createKey() {
                    return NullWritable.get();
                }

                public IntWritable createValue() {
                    return new IntWritable();
                }

                public long getPos() {
                    return done;
                }

                public void close() {}

                public float getProgress() {
                    return 0;
                }
            };
        }
    }

    /** A split that only Java's own serialisation knows would be refused: this is Writable. */
    public static class NewSplit extends org.apache.hadoop.mapreduce.InputSplit implements Writable {
        String name = "";

        public long getLength() {
            return name.length();
        }

        public String[] getLocations() {
            return new String[0];
        }

        public void write(DataOutput out) throws IOException {
            out.writeUTF(name);
        }

        public void readFields(DataInput in) throws IOException {
            name = in.readUTF();
        }
    }

    /** One record for each input path. */
    public static class NewPaths extends org.apache.hadoop.mapreduce.InputFormat<NullWritable, Text> {
        public List<org.apache.hadoop.mapreduce.InputSplit> getSplits(org.apache.hadoop.mapreduce.JobContext job)
                throws IOException {
            List<org.apache.hadoop.mapreduce.InputSplit> splits = new ArrayList<>();
            for (Path path : org.apache.hadoop.mapred.FileInputFormat.getInputPaths(
                    new org.apache.hadoop.mapred.JobConf(job.getConfiguration()))) {
                NewSplit split = new NewSplit();
                split.name = path.getName();
                splits.add(split);
            }
            return splits;
        }

        public org.apache.hadoop.mapreduce.RecordReader<NullWritable, Text> createRecordReader(
                org.apache.hadoop.mapreduce.InputSplit split, org.apache.hadoop.mapreduce.TaskAttemptContext context) {
            return new org.apache.hadoop.mapreduce.RecordReader<NullWritable, Text>() {
                String name;

                public void initialize(
                        org.apache.hadoop.mapreduce.InputSplit split,
                        org.apache.hadoop.mapreduce.TaskAttemptContext context) {
                    name = ((NewSplit) split).name;
                }

                public boolean nextKeyValue() {
                    boolean more = name != null && !name.isEmpty();
                    return more;
                }

                public NullWritable getCurrentKey() {
                    return NullWritable.get();
                }

                public Text getCurrentValue() {
                    Text value = new Text(name);
                    name = null;
                    return value;
                }

                public float getProgress() {
                    return 0;
                }

                public void close() {}
            };
        }
    }

    /** Writes without a committer of files: straight below the output path. */
    public static class OldShouter extends org.apache.hadoop.mapred.FileOutputFormat<Object, Text> {
        public org.apache.hadoop.mapred.RecordWriter<Object, Text> getRecordWriter(
                FileSystem ignored, org.apache.hadoop.mapred.JobConf conf, String name, Progressable progress)
                throws IOException {
            Path file = org.apache.hadoop.mapred.FileOutputFormat.getTaskOutputPath(conf, name);
            final FSDataOutputStream out = file.getFileSystem(conf).create(file);
            return new org.apache.hadoop.mapred.RecordWriter<Object, Text>() {
                public void write(Object key, Text value) throws IOException {
                    if (value.toString().equals("fail")) {
                        throw new IOException("told to fail");
                    }
                    String text = key + " " + value.toString().toUpperCase() + "!\n";
                    out.write(text.getBytes(StandardCharsets.UTF_8));
                }

                public void close(org.apache.hadoop.mapred.Reporter reporter) throws IOException {
                    out.close();
                }
            };
        }
    }

    private Custom() {}
}
