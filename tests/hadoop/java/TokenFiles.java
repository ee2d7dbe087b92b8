import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.nio.file.Files;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.io.WritableUtils;
import org.apache.hadoop.security.Credentials;
import org.apache.hadoop.security.token.Token;
import org.apache.hadoop.security.token.TokenIdentifier;

/**
 * Reads a token file and prints what is in it, then writes it in both formats.
 *
 * <p>Arguments: the file, the file to write in format 0, the one in format 1, and numbers
 * to encode as WritableUtils does.
 */
public final class TokenFiles {
  public static void main(String[] args) throws Exception {
    Credentials credentials = new Credentials();
    try (DataInputStream in = new DataInputStream(new FileInputStream(args[0]))) {
      credentials.readTokenStorageStream(in);
    }
    for (Token<? extends TokenIdentifier> token : credentials.getAllTokens()) {
      System.out.println(
          "token " + hex(token.getIdentifier()) + " " + hex(token.getPassword())
              + " kind=" + token.getKind() + " service=" + token.getService()
              + " url=" + token.encodeToUrlString());
    }
    Map<String, String> secrets = new TreeMap<>();
    for (Text alias : credentials.getAllSecretKeys()) {
      secrets.put(alias.toString(), hex(credentials.getSecretKey(alias)));
    }
    System.out.println("secrets " + secrets);
    write(credentials, args[1], Credentials.SerializedFormat.WRITABLE);
    write(credentials, args[2], Credentials.SerializedFormat.PROTOBUF);
    for (int i = 3; i < args.length; i++) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      WritableUtils.writeVLong(new DataOutputStream(bytes), Long.parseLong(args[i]));
      System.out.println("vint " + args[i] + " " + hex(bytes.toByteArray()));
    }
  }

  private static void write(
      Credentials credentials, String path, Credentials.SerializedFormat format)
      throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    credentials.writeTokenStorageToStream(new DataOutputStream(bytes), format);
    Files.write(new File(path).toPath(), bytes.toByteArray());
  }

  private static String hex(byte[] data) {
    StringBuilder text = new StringBuilder();
    for (byte each : data) {
      text.append(String.format("%02x", each));
    }
    return text.length() == 0 ? "-" : text.toString();
  }
}
