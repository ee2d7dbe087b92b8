import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.ipc.ProtobufRpcEngine2;
import org.apache.hadoop.ipc.RPC;
import org.apache.hadoop.ipc.StandbyException;
import org.apache.hadoop.security.token.SecretManager;
import org.apache.hadoop.thirdparty.protobuf.BlockingService;
import org.apache.hadoop.yarn.api.ApplicationMasterProtocol;
import org.apache.hadoop.yarn.api.ApplicationMasterProtocolPB;
import org.apache.hadoop.yarn.api.ContainerManagementProtocol;
import org.apache.hadoop.yarn.api.ContainerManagementProtocolPB;
import org.apache.hadoop.yarn.api.impl.pb.service.ApplicationMasterProtocolPBServiceImpl;
import org.apache.hadoop.yarn.api.impl.pb.service.ContainerManagementProtocolPBServiceImpl;
import org.apache.hadoop.yarn.api.protocolrecords.*;
import org.apache.hadoop.yarn.api.records.*;
import org.apache.hadoop.yarn.exceptions.*;
import org.apache.hadoop.yarn.proto.ApplicationMasterProtocol.ApplicationMasterProtocolService;
import org.apache.hadoop.yarn.proto.ContainerManagementProtocol.ContainerManagementProtocolService;
import org.apache.hadoop.yarn.security.AMRMTokenIdentifier;
import org.apache.hadoop.yarn.util.Records;

/**
 * A server made of Hadoop's classes that takes tokens only, as ResourceManager and
 * NodeManager do. It says back what it was told, and misbehaves on request: see PROGRESS.
 *
 * <p>Argument: hadoop.rpc.protection. Prints "PORT IDENTIFIER PASSWORD" and lives until
 * its standard input ends.
 */
public final class FakeMaster implements ApplicationMasterProtocol {
  // What an allocate call with this progress brings about.
  static final float PROGRESS_FORGOTTEN = 0.125f;
  static final float PROGRESS_BIG = 0.25f;
  static final float PROGRESS_NEW_TOKEN = 0.375f;
  static final float PROGRESS_OVER = 0.5f;
  static final float PROGRESS_INVALID = 0.625f;
  static final float PROGRESS_SLOW = 0.75f;
  static final float PROGRESS_STANDBY = 0.875f;
  static final float PROGRESS_NO_HANDLER = 0.9375f;

  private static final ApplicationAttemptId ATTEMPT =
      ApplicationAttemptId.newInstance(ApplicationId.newInstance(1700000000000L, 42), 1);

  private final AtomicInteger finishes = new AtomicInteger();
  private boolean registered;
  private AllocateResponse last;
  private Secrets secrets;

  static final class Secrets extends SecretManager<AMRMTokenIdentifier> {
    @Override
    protected byte[] createPassword(AMRMTokenIdentifier identifier) {
      return createPassword(identifier.getBytes(), createSecretKey("key".getBytes()));
    }

    @Override
    public byte[] retrievePassword(AMRMTokenIdentifier identifier) throws InvalidToken {
      if (identifier.getKeyId() < 0) {
        throw new InvalidToken("Invalid AMRMToken from " + identifier);
      }
      return createPassword(identifier);
    }

    @Override
    public AMRMTokenIdentifier createIdentifier() {
      return new AMRMTokenIdentifier();
    }

    byte[] passwordOf(AMRMTokenIdentifier identifier) {
      return createPassword(identifier);
    }
  }

  @Override
  public synchronized RegisterApplicationMasterResponse registerApplicationMaster(
      RegisterApplicationMasterRequest request) throws YarnException {
    if (registered) {
      throw new InvalidApplicationMasterRequestException(
          "Application Master is already registered : " + ATTEMPT.getApplicationId());
    }
    registered = true;
    last = null;
    RegisterApplicationMasterResponse response =
        Records.newRecord(RegisterApplicationMasterResponse.class);
    response.setMaximumResourceCapability(Resource.newInstance(4096, 8));
    response.setQueue(
        request.getHost() + "|" + request.getRpcPort() + "|" + request.getTrackingUrl());
    response.setResourceTypes(
        Arrays.asList(
            ResourceTypeInfo.newInstance("memory-mb", "Mi"),
            ResourceTypeInfo.newInstance("vcores")));
    response.setApplicationACLs(
        Collections.singletonMap(ApplicationAccessType.MODIFY_APP, "alice ops"));
    response.setContainersFromPreviousAttempts(Collections.singletonList(container(9)));
    response.setNMTokensFromPreviousAttempts(Collections.singletonList(nmToken()));
    return response;
  }

  @Override
  public synchronized AllocateResponse allocate(AllocateRequest request)
      throws YarnException, java.io.IOException {
    int expected = last == null ? 0 : last.getResponseId();
    if (!registered) {
      throw new ApplicationMasterNotRegisteredException("AM is not registered");
    }
    if (last != null && request.getResponseId() == expected - 1) {
      return last;
    }
    if (request.getResponseId() != expected) {
      throw new InvalidApplicationMasterRequestException(
          "Invalid responseId: expect " + expected + " but get " + request.getResponseId());
    }
    misbehave(request.getProgress());
    AllocateResponse response = Records.newRecord(AllocateResponse.class);
    response.setResponseId(expected + 1);
    response.setNumClusterNodes(3);
    response.setAvailableResources(Resource.newInstance(2048, 4));
    response.setCompletedContainersStatuses(echo(request));
    response.setAllocatedContainers(Collections.singletonList(container(5)));
    response.setRejectedSchedulingRequests(rejected(request));
    response.setNMTokens(Collections.singletonList(nmToken()));
    response.setPreemptionMessage(preemption());
    response.setUpdatedNodes(
        Collections.singletonList(
            NodeReport.newInstance(
                NodeId.newInstance("nm1", 45454), NodeState.LOST, "nm1:8042", "/r",
                Resource.newInstance(1, 1), Resource.newInstance(2, 2), 1, "sick", 5L)));
    if (request.getProgress() == PROGRESS_NEW_TOKEN) {
      response.setAMRMToken(token(2));
    }
    last = response;
    if (request.getProgress() == PROGRESS_SLOW) {
      pause();
    }
    return response;
  }

  private void misbehave(float progress) throws YarnException, java.io.IOException {
    if (progress == PROGRESS_FORGOTTEN) {
      registered = false;
      throw new ApplicationMasterNotRegisteredException("AM is not registered");
    }
    if (progress == PROGRESS_OVER) {
      throw new ApplicationAttemptNotFoundException("Application attempt is over");
    }
    if (progress == PROGRESS_INVALID) {
      throw new InvalidResourceRequestException("Invalid resource request!");
    }
    if (progress == PROGRESS_NO_HANDLER) {
      throw new YarnException("Found non empty SchedulingRequest in AllocateRequest");
    }
    if (progress == PROGRESS_STANDBY) {
      throw new StandbyException("not active");
    }
  }

  private static void pause() {
    try {
      Thread.sleep(700);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Everything with conditions is given up. */
  private static List<RejectedSchedulingRequest> rejected(AllocateRequest request) {
    List<RejectedSchedulingRequest> given = new ArrayList<>();
    for (SchedulingRequest each : request.getSchedulingRequests()) {
      given.add(
          RejectedSchedulingRequest.newInstance(
              RejectionReason.COULD_NOT_PLACE_ON_NODE, each));
    }
    return given;
  }

  /** One completed container for everything that the request holds, in words. */
  private static List<ContainerStatus> echo(AllocateRequest request) {
    List<String> words = new ArrayList<>();
    for (ResourceRequest ask : request.getAskList()) {
      words.add("ask " + ask + " id=" + ask.getAllocationRequestId());
    }
    for (ContainerId released : request.getReleaseList()) {
      words.add("release " + released);
    }
    ResourceBlacklistRequest black = request.getResourceBlacklistRequest();
    if (black != null) {
      words.add("avoid " + black.getBlacklistAdditions() + black.getBlacklistRemovals());
    }
    int repeat = request.getProgress() == PROGRESS_BIG ? 4000 : 0;
    words.addAll(Collections.nCopies(repeat, "one of many containers, with some words"));
    List<ContainerStatus> statuses = new ArrayList<>();
    for (String each : words) {
      statuses.add(
          ContainerStatus.newInstance(id(7), ContainerState.COMPLETE, each, -100));
    }
    return statuses;
  }

  @Override
  public FinishApplicationMasterResponse finishApplicationMaster(
      FinishApplicationMasterRequest request) throws YarnException {
    if (!registered) {
      throw new ApplicationMasterNotRegisteredException("AM is not registered");
    }
    String expected = "SUCCEEDED|fin ü|http://h:1/";
    String got =
        request.getFinalApplicationStatus() + "|" + request.getDiagnostics() + "|"
            + request.getTrackingUrl();
    if (!got.equals(expected)) {
      throw new YarnException("unexpected end: " + got);
    }
    return FinishApplicationMasterResponse.newInstance(finishes.incrementAndGet() > 2);
  }

  private static PreemptionMessage preemption() {
    return PreemptionMessage.newInstance(
        StrictPreemptionContract.newInstance(
            Collections.singleton(PreemptionContainer.newInstance(id(1)))),
        PreemptionContract.newInstance(
            new ArrayList<PreemptionResourceRequest>(),
            Collections.singleton(PreemptionContainer.newInstance(id(2)))));
  }

  static ContainerId id(long number) {
    return ContainerId.newContainerId(ATTEMPT, (1L << 40) + number);
  }

  private static Container container(long number) {
    return Container.newInstance(
        id(number), NodeId.newInstance("nm1", 45454), "nm1:8042",
        Resource.newInstance(256, 1), Priority.newInstance(3),
        Token.newInstance(new byte[] {1, 2}, "ContainerToken", new byte[] {3}, "nm1:45454"));
  }

  private NMToken nmToken() {
    return NMToken.newInstance(NodeId.newInstance("nm1", 45454), token(1));
  }

  private Token token(int keyId) {
    AMRMTokenIdentifier identifier = new AMRMTokenIdentifier(ATTEMPT, keyId);
    return Token.newInstance(
        identifier.getBytes(), identifier.getKind().toString(),
        secrets.passwordOf(identifier), "");
  }

  /** Takes containers with even numbers; says back what it was to start them with. */
  static final class Node implements InvocationTarget {
    StartContainersResponse startContainers(StartContainersRequest request) {
      Map<ContainerId, SerializedException> failed = new HashMap<>();
      List<ContainerId> succeeded = new ArrayList<>();
      long number = 0;
      for (StartContainerRequest each : request.getStartContainerRequests()) {
        ContainerId id = id(number++);
        if (each.getContainerToken().getKind().equals("good")) {
          succeeded.add(id);
        } else {
          failed.put(id, SerializedException.newInstance(
              new YarnException(describe(each.getContainerLaunchContext()))));
        }
      }
      return StartContainersResponse.newInstance(
          new HashMap<String, ByteBuffer>(), succeeded, failed);
    }

    private static String describe(ContainerLaunchContext context) {
      StringBuilder text = new StringBuilder();
      text.append(context.getCommands()).append(context.getEnvironment());
      for (Map.Entry<String, LocalResource> each : context.getLocalResources().entrySet()) {
        LocalResource file = each.getValue();
        try {
          text.append(each.getKey()).append('=').append(file.getResource().toPath());
        } catch (java.net.URISyntaxException e) {
          throw new IllegalStateException(e);
        }
        text.append(' ').append(file.getSize()).append(' ').append(file.getTimestamp());
        text.append(' ').append(file.getType()).append(' ').append(file.getVisibility());
      }
      text.append(context.getApplicationACLs());
      text.append(context.getTokens() == null ? -1 : context.getTokens().remaining());
      return text.toString();
    }

    StopContainersResponse stopContainers(StopContainersRequest request) {
      Map<ContainerId, SerializedException> failed = new HashMap<>();
      List<ContainerId> succeeded = new ArrayList<>(request.getContainerIds());
      ContainerId last = succeeded.remove(succeeded.size() - 1);
      failed.put(last, SerializedException.newInstance(
          new YarnException("Container " + last + " is not handled by this NodeManager")));
      return StopContainersResponse.newInstance(succeeded, failed);
    }

    GetContainerStatusesResponse statuses(GetContainerStatusesRequest request) {
      List<ContainerStatus> known = new ArrayList<>();
      for (ContainerId id : request.getContainerIds()) {
        known.add(ContainerStatus.newInstance(id, ContainerState.RUNNING, "", -1000));
      }
      return GetContainerStatusesResponse.newInstance(
          known, new HashMap<ContainerId, SerializedException>());
    }

    @Override
    public Object call(String method, Object request) {
      switch (method) {
        case "startContainers":
          return startContainers((StartContainersRequest) request);
        case "stopContainers":
          return stopContainers((StopContainersRequest) request);
        case "getContainerStatuses":
          return statuses((GetContainerStatusesRequest) request);
        default:
          throw new UnsupportedOperationException(method);
      }
    }
  }

  /** Lets one object serve an interface of many methods of which few are called. */
  interface InvocationTarget {
    Object call(String method, Object request);
  }

  private static ContainerManagementProtocol node() {
    InvocationTarget target = new Node();
    return (ContainerManagementProtocol)
        java.lang.reflect.Proxy.newProxyInstance(
            FakeMaster.class.getClassLoader(),
            new Class<?>[] {ContainerManagementProtocol.class},
            (proxy, method, arguments) -> target.call(method.getName(), arguments[0]));
  }

  public static void main(String[] args) throws Exception {
    Configuration conf = new Configuration();
    conf.set("hadoop.security.authentication", "TOKEN");
    conf.set("hadoop.rpc.protection", args[0]);
    RPC.setProtocolEngine(conf, ApplicationMasterProtocolPB.class, ProtobufRpcEngine2.class);
    RPC.setProtocolEngine(
        conf, ContainerManagementProtocolPB.class, ProtobufRpcEngine2.class);
    FakeMaster master = new FakeMaster();
    master.secrets = new Secrets();
    BlockingService service =
        ApplicationMasterProtocolService.newReflectiveBlockingService(
            new ApplicationMasterProtocolPBServiceImpl(master));
    RPC.Server server =
        new RPC.Builder(conf).setProtocol(ApplicationMasterProtocolPB.class)
            .setInstance(service).setBindAddress("127.0.0.1").setPort(0)
            .setNumHandlers(4).setSecretManager(master.secrets).build();
    server.addProtocol(
        RPC.RpcKind.RPC_PROTOCOL_BUFFER, ContainerManagementProtocolPB.class,
        ContainerManagementProtocolService.newReflectiveBlockingService(
            new ContainerManagementProtocolPBServiceImpl(node())));
    server.start();
    InetSocketAddress address = server.getListenerAddress();
    Token token = master.token(1);
    System.out.println(
        address.getPort() + " " + encode(token.getIdentifier()) + " "
            + encode(token.getPassword()));
    while (System.in.read() >= 0) {
      // Lives as long as whoever started it.
    }
    server.stop();
    System.exit(0);
  }

  private static String encode(ByteBuffer data) {
    byte[] bytes = new byte[data.remaining()];
    data.duplicate().get(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }
}
