// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AuditRegistry} from "../src/AuditRegistry.sol";
import {Policies} from "../src/Policies.sol";
import {Reports} from "../src/Reports.sol";
import {EpochReport, EpochRoot} from "../src/Types.sol";
import {RegistryTest} from "./support/RegistryTest.sol";
import {VM} from "./support/Vm.sol";

/// Which policy holds when: the first from the start, another two epochs after a root that names it.
contract PoliciesTest is RegistryTest {
    bytes32 private constant OTHER = keccak256("other policy");

    function setUp() public override {
        super.setUp();
        registerCrowd(4);
    }

    function _post(uint64 epoch, bytes32 policyHash) private {
        EpochRoot memory root = rootOf(epoch);
        root.policyHash = policyHash;
        postRoot(root, 15);
    }

    function testFuzz_TheFirstHoldsUntilAnother(bytes32 policyHash, uint64 epoch) external {
        VM.assume(policyHash != 0);
        AuditRegistry.Setup memory setup = setupOf(address(stakes));
        setup.policyHash = policyHash;
        same(new AuditRegistry(setup).policyAt(epoch), policyHash, "policy");
    }

    function test_ZeroIsNoPolicy() external {
        AuditRegistry.Setup memory setup = setupOf(address(stakes));
        setup.policyHash = 0;
        VM.expectRevert(abi.encodeWithSelector(Policies.ZeroPolicy.selector));
        new AuditRegistry(setup);
        goToReveal(2);
        EpochRoot memory root = rootOf(2);
        root.policyHash = 0;
        postRootExpecting(root, 15, abi.encodeWithSelector(Policies.ZeroPolicy.selector));
    }

    /// Two epochs after the posting, not after the epoch that the root is about.
    function testFuzz_AnotherTakesEffectTwoEpochsAfterItsRoot(bytes32 policyHash, uint8 late) external {
        VM.assume(policyHash != 0 && policyHash != POLICY);
        uint64 posted = 3 + uint64(late);
        goToReveal(posted - 1);
        EpochRoot memory root = rootOf(2);
        root.policyHash = policyHash;
        bytes memory signatures = rootSignedByCrowd(root, 7);
        VM.expectEmit(true, true, true, true, address(registry));
        emit Policies.PolicyAdopted(policyHash, posted + 2);
        registry.postEpoch(root, 7, signatures);
        same(registry.policyAt(0), POLICY, "from the start");
        same(registry.policyAt(posted + 1), POLICY, "before");
        same(registry.policyAt(posted + 2), policyHash, "from then on");
        same(registry.policyAt(type(uint64).max), policyHash, "for good");
    }

    /// The same name again changes nothing; a second thought in one epoch replaces the pending one.
    function test_OnlyTheNewestCounts() external {
        goToReveal(4);
        _post(2, OTHER);
        _post(3, OTHER);
        same(registry.policyAt(7), OTHER, "named twice");
        _post(4, POLICY);
        same(registry.policyAt(7), POLICY, "taken back before it held");
        goToReveal(5);
        _post(5, OTHER);
        goToReveal(6);
        _post(6, OTHER);
        same(registry.policyAt(7), POLICY, "until then");
        same(registry.policyAt(8), OTHER, "the first naming counts");
        goToReveal(8);
        _post(8, POLICY);
        same(registry.policyAt(10), OTHER, "held");
        same(registry.policyAt(11), POLICY, "back");
    }

    /// A report repeats the policy of its own epoch.
    function test_ReportsFollowTheirEpochsPolicy() external {
        bytes32 secret = keccak256("secret");
        registerAlice(seedAt(secret, 100, 0));
        goToReveal(2);
        _post(2, OTHER); // in epoch 3: in force from 5
        postInTime(reportOf(ALICE, 4, seedAt(secret, 100, 3)));
        goTo(6);
        EpochReport memory report = reportOf(ALICE, 5, seedAt(secret, 100, 4));
        postExpecting(report, abi.encodeWithSelector(Reports.WrongPolicy.selector, OTHER, POLICY));
        report.policyHash = OTHER;
        post(report);
    }
}
