import static org.apache.hadoop.yarn.api.resource.PlacementConstraints.NODE;
import static org.apache.hadoop.yarn.api.resource.PlacementConstraints.PlacementTargets.allocationTag;
import static org.apache.hadoop.yarn.api.resource.PlacementConstraints.PlacementTargets.allocationTagWithNamespace;
import static org.apache.hadoop.yarn.api.resource.PlacementConstraints.PlacementTargets.nodeAttribute;
import static org.apache.hadoop.yarn.api.resource.PlacementConstraints.PlacementTargets.nodePartition;
import static org.apache.hadoop.yarn.api.resource.PlacementConstraints.and;
import static org.apache.hadoop.yarn.api.resource.PlacementConstraints.cardinality;
import static org.apache.hadoop.yarn.api.resource.PlacementConstraints.targetNodeAttribute;
import static org.apache.hadoop.yarn.api.resource.PlacementConstraints.targetNotIn;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Base64;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.yarn.api.records.ExecutionType;
import org.apache.hadoop.yarn.api.records.ExecutionTypeRequest;
import org.apache.hadoop.yarn.api.records.NodeAttributeOpCode;
import org.apache.hadoop.yarn.api.records.Priority;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.api.records.ResourceSizing;
import org.apache.hadoop.yarn.api.records.SchedulingRequest;
import org.apache.hadoop.yarn.api.records.impl.pb.SchedulingRequestPBImpl;
import org.apache.hadoop.yarn.api.resource.PlacementConstraint;
import org.apache.hadoop.yarn.proto.YarnProtos.SchedulingRequestProto;

/**
 * Reads scheduling requests in base64, a line each, and says what YARN understands;
 * first come those that Hadoop's own builders make, one of each kind.
 */
public final class Placements {
  public static void main(String[] args) throws Exception {
    print(targetNotIn(NODE, allocationTag("w")).build());
    print(cardinality(NODE, 1, Integer.MAX_VALUE, "w").build());
    print(targetNotIn(NODE, allocationTagWithNamespace("all", "x")).build());
    print(targetNodeAttribute(NODE, NodeAttributeOpCode.NE, nodeAttribute("os", "b")).build());
    print(
        and(
                targetNotIn(NODE, allocationTag("w"), nodePartition("gpu")),
                targetNodeAttribute(NODE, NodeAttributeOpCode.EQ, nodeAttribute("os", "a")))
            .build());
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    String line;
    while ((line = in.readLine()) != null) {
      byte[] data = Base64.getDecoder().decode(line);
      SchedulingRequest read =
          new SchedulingRequestPBImpl(SchedulingRequestProto.parseFrom(data));
      System.out.println(
          read.getPriority().getPriority()
              + " "
              + read.getAllocationRequestId()
              + " "
              + read.getExecutionType().getExecutionType()
              + " "
              + new TreeSet<>(read.getAllocationTags())
              + " "
              + read.getResourceSizing().getNumAllocations()
              + " "
              + read.getResourceSizing().getResources()
              + " "
              + read.getPlacementConstraint());
    }
  }

  private static void print(PlacementConstraint constraint) {
    SchedulingRequest request =
        SchedulingRequest.newBuilder()
            .priority(Priority.newInstance(7))
            .allocationRequestId(9)
            .executionType(ExecutionTypeRequest.newInstance(ExecutionType.GUARANTEED))
            .allocationTags(Set.of("w"))
            .resourceSizing(ResourceSizing.newInstance(3, Resource.newInstance(256, 1)))
            .placementConstraintExpression(constraint)
            .build();
    byte[] data = ((SchedulingRequestPBImpl) request).getProto().toByteArray();
    System.out.println(Base64.getEncoder().encodeToString(data));
  }
}
