// Reads a file of aggregated logs with Hadoop's own classes (3.5.0) and writes what is in
// it below a folder: java -cp "$(hadoop classpath --glob)" ReadLogs.java FILE FOLDER

import java.io.DataInputStream;
import java.io.EOFException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.logaggregation.AggregatedLogFormat.LogKey;
import org.apache.hadoop.yarn.logaggregation.AggregatedLogFormat.LogReader;

public class ReadLogs {
  public static void main(String[] args) throws Exception {
    LogReader reader =
        new LogReader(new Configuration(), new org.apache.hadoop.fs.Path("file://" + args[0]));
    System.out.println("owner " + reader.getApplicationOwner());
    reader.getApplicationAcls().forEach((type, acl) -> System.out.println(type + " " + acl));
    LogKey key = new LogKey();
    for (DataInputStream in = reader.next(key); in != null; in = reader.next(key)) {
      Path folder = Path.of(args[1], key.toString());
      Files.createDirectories(folder);
      while (true) {
        String name;
        try {
          name = in.readUTF();
        } catch (EOFException end) {
          break;
        }
        byte[] data = new byte[Integer.parseInt(in.readUTF())];
        in.readFully(data);
        Files.write(folder.resolve(name), data);
      }
      key = new LogKey();
    }
    reader.close();
  }
}
