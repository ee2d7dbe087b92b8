// Writes the log files beside it with Hadoop's own classes (3.5.0), as a NodeManager does:
//   java -cp "$(hadoop classpath --glob)" WriteLogs.java WORK_FOLDER
// Chunks are small, so that a value has several; the compressed file has several blocks.

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.hadoop.yarn.api.records.ApplicationAccessType;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.logaggregation.AggregatedLogFormat.LogKey;
import org.apache.hadoop.yarn.logaggregation.AggregatedLogFormat.LogValue;
import org.apache.hadoop.yarn.logaggregation.AggregatedLogFormat.LogWriter;

public class WriteLogs {
  public static void main(String[] args) throws Exception {
    Path work = Path.of(args[0]);
    ApplicationId application = ApplicationId.newInstance(1700000000000L, 12345);
    ApplicationAttemptId attempt = ApplicationAttemptId.newInstance(application, 1);
    for (String codec : List.of("none", "gz")) {
      Configuration conf = new Configuration();
      conf.set("yarn.nodemanager.log-aggregation.compression-type", codec);
      conf.set("tfile.io.chunk.size", "1000");
      LogWriter writer = new LogWriter();
      UserGroupInformation user = UserGroupInformation.getCurrentUser();
      org.apache.hadoop.fs.Path target =
          new org.apache.hadoop.fs.Path("file://" + work.resolve(codec + ".tfile"));
      writer.initialize(conf, target, user);
      writer.writeApplicationACLs(new TreeMap<>(Map.of(ApplicationAccessType.VIEW_APP, "alice")));
      writer.writeApplicationOwner("alice");
      for (long number = 1; number <= 3; number++) {
        ContainerId container = ContainerId.newContainerId(attempt, number);
        Path logs = work.resolve(application.toString()).resolve(container.toString());
        Files.createDirectories(logs);
        Files.writeString(logs.resolve("stdout"), "line of container " + number + "\n");
        Files.writeString(logs.resolve("stderr"), number == 2 ? "" : lines(codec, number));
        Files.writeString(logs.resolve("größe.txt"), "ü€\n");
        writer.append(
            new LogKey(container),
            new LogValue(List.of(work.toString()), container, user.getShortUserName()));
      }
      writer.close();
    }
  }

  /** A few kB; where they are compressed, more than the 256 KiB of one block. */
  private static String lines(String codec, long number) {
    String line = "container " + number + " wrote this line\n";
    return line.repeat(codec.equals("gz") ? 12000 : 100);
  }
}
