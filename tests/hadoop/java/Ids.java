import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.util.Base64;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.thirdparty.protobuf.Message;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.NodeId;
import org.apache.hadoop.yarn.api.records.URL;
import org.apache.hadoop.yarn.api.records.impl.pb.ApplicationAttemptIdPBImpl;
import org.apache.hadoop.yarn.api.records.impl.pb.ContainerIdPBImpl;
import org.apache.hadoop.yarn.api.records.impl.pb.NodeIdPBImpl;
import org.apache.hadoop.yarn.api.records.impl.pb.URLPBImpl;

/** Reads ids and URLs in text form, "KIND TEXT", and prints text and message again. */
public final class Ids {
  public static void main(String[] args) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    String line;
    while ((line = in.readLine()) != null) {
      String[] words = line.split(" ", 2);
      switch (words[0]) {
        case "container":
          ContainerId container = ContainerId.fromString(words[1]);
          print(container, ((ContainerIdPBImpl) container).getProto());
          break;
        case "attempt":
          ApplicationAttemptId attempt = ApplicationAttemptId.fromString(words[1]);
          print(attempt, ((ApplicationAttemptIdPBImpl) attempt).getProto());
          break;
        case "node":
          NodeId node = NodeId.fromString(words[1]);
          print(node, ((NodeIdPBImpl) node).getProto());
          break;
        default:
          URL url = URL.fromURI(new URI(words[1]));
          print(url.toPath().toUri(), ((URLPBImpl) url).getProto());
      }
    }
  }

  private static void print(Object text, Message message) {
    String data = Base64.getEncoder().encodeToString(message.toByteArray());
    System.out.println(text + " " + data);
  }
}
